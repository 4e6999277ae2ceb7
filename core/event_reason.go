package core

import (
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// explained returns how the VEN stands with the event, and why.
func (s *EventService) explained(r *EventVEN, e *Event) VENStatus {
	status := r.status(e)
	status.Registered = r.State != OutboxOff
	status.Presence, status.SeenAt = s.delivery.state(r.VENNo)
	if r.SeenAt.After(status.SeenAt) {
		status.SeenAt = r.SeenAt
	}
	if r.Settled < r.Rev && status.Registered && status.Unsaid == "" {
		status.NextAttempt = r.NextAt
	}
	status.Reason = status.reason(r, s.clock.Now(), s.delivery.anyConnected())
	return status
}

// reason returns in words why the VEN does not hold the event as it is.
func (s *VENStatus) reason(r *EventVEN, now time.Time, connected bool) string {
	what := "the event"
	if s.Withdrawn {
		what = "that it is off the event"
	}
	switch {
	case s.Delivery == DeliveryAcknowledged:
		return ""
	case !s.VENDeletedAt.IsZero():
		return "deleted " + oadr.FormatTime(s.VENDeletedAt)
	case s.Unsaid != "":
		return "not told: " + s.Unsaid
	case s.Delivery == DeliveryRefused:
		return "it refused " + what + outcomeWords(s.ResponseCode, s.LastError) + "; it is sent the next change"
	case !s.Registered:
		return "not registered: it is told once it registers"
	case s.LeftOut:
		return "its events are too many for one message: it is told when there is room"
	case r.Settled >= r.Needed:
		return "the last push came after the end of the event"
	case !connected:
		return "no connection to carry pushes: it is told when there is one"
	case r.Polled && r.State != OutboxHeld:
		return s.pollReason(r, now)
	case r.Unheard && r.Profile == oadr.Profile20a:
		return "not seen so far: it is told when it appears" // A5
	case r.Unheard:
		return "not heard from since its accounts changed: it is told when it is" + s.then(now)
	case r.State == OutboxParked:
		return "not there" + s.since() + outcomeWords(0, r.Error) + ": told when it is back" + s.atTheLatest(now)
	case r.State == OutboxHeld:
		return "the VTN's own oadrRegisterReport goes first: told when it has answered that" + s.afterGreeting(now)
	case r.State == OutboxHandedOut:
		return "in the answer to its oadrRequestEvent, " + oadr.FormatTime(r.SentAt) + "; waiting for its oadrCreatedEvent" + s.then(now)
	case r.State == OutboxBackoff:
		return "the last push failed for now" + outcomeWords(0, r.Error) + s.then(now)
	case r.Attempts == 0 || r.SentAt.IsZero():
		return "about to be sent"
	case now.Sub(r.SentAt) < Lease && r.Attempts == 1:
		return "sent " + oadr.FormatTime(r.SentAt) + ", waiting for its answer"
	}
	return s.there() + " and silent" + s.since() + fmt.Sprintf(": %s unanswered, the last of %s", pushes(r.Attempts), oadr.FormatTime(r.SentAt)) + s.then(now)
}

// pollReason is reason of a VEN that polls (rule H7).
func (s *VENStatus) pollReason(r *EventVEN, now time.Time) string {
	asks := "when it polls"
	switch {
	case s.SeenAt.IsZero():
		asks += "; it has sent no request so far"
	case s.Presence == PresenceUnavailable:
		asks += " again; its last request came " + oadr.FormatTime(s.SeenAt)
	}
	if r.State != OutboxHandedOut || r.Attempts == 0 {
		return "told " + asks
	}
	said := "in the answer to its request, " + oadr.FormatTime(r.SentAt) + "; waiting for its oadrCreatedEvent"
	if r.NextAt.After(now) {
		return said + "; offered again from " + oadr.FormatTime(r.NextAt) + " on, " + asks
	}
	return said + "; offered again " + asks
}

func pushes(n int) string {
	if n == 1 {
		return "a push"
	}
	return fmt.Sprintf("%d pushes", n)
}

func (s *VENStatus) there() string {
	switch s.Presence {
	case PresenceAvailable:
		return "online"
	case PresenceUnavailable:
		return "offline"
	}
	return "not known to be online"
}

func (s *VENStatus) since() string {
	if s.SeenAt.IsZero() {
		return ""
	}
	return " since " + oadr.FormatTime(s.SeenAt)
}

// then returns when the next attempt is, in words.
func (s *VENStatus) then(now time.Time) string {
	switch {
	case s.NextAttempt.IsZero():
		return ""
	case !s.NextAttempt.After(now):
		return "; the next attempt is due"
	}
	return "; the next attempt " + oadr.FormatTime(s.NextAttempt)
}

// afterGreeting is atTheLatest of a VEN that has been sent its greeting. Before, no time is set.
func (s *VENStatus) afterGreeting(now time.Time) string {
	if s.NextAttempt.After(now.Add(Lease)) {
		return ""
	}
	return s.atTheLatest(now)
}

func (s *VENStatus) atTheLatest(now time.Time) string {
	if s.NextAttempt.IsZero() || !s.NextAttempt.After(now) {
		return ""
	}
	return ", or tried " + oadr.FormatTime(s.NextAttempt)
}

// outcomeWords returns what the VEN or its server said, in words.
func outcomeWords(code int, text string) string {
	switch {
	case code == 0 && text == "":
		return ""
	case code == 0:
		return " (" + text + ")"
	}
	return " (" + strings.TrimSpace(fmt.Sprintf("%d %s", code, text)) + ")"
}
