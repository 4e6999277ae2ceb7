package core

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// claimBatch is how many VENs one claim takes at most.
const claimBatch = 500

// dispatch is the pump: claim what is due, push it, wait for a reason to look
// again. A commit or an outcome pokes it, so nothing waits for a clock but what
// is to be repeated later.
func (v *VTN) dispatch(ctx context.Context) {
	var seen time.Time // the last moment so far, by the wall clock: it can go back
	for ctx.Err() == nil {
		now := v.clock.Now().Round(0)
		if seen.IsZero() || now.Before(seen) {
			v.rewind(ctx, now)
		}
		seen = now
		next := v.pump(ctx)
		if next.IsZero() {
			select {
			case <-ctx.Done():
			case <-v.wake:
			}
			continue
		}
		timer, stop := v.clock.After(next.Sub(v.clock.Now()))
		if v.clock.Now().Before(next) { // else it came while the timer was set
			select {
			case <-ctx.Done():
			case <-v.wake:
			case <-timer:
			}
		}
		stop()
	}
}

// rewind ends waits that the clock, set back since they began, made too long.
func (v *VTN) rewind(ctx context.Context, now time.Time) {
	if err := v.reg.Rewind(ctx, now); err != nil && ctx.Err() == nil {
		v.failed(err).Msg("cannot look for waits that are too long; check the store")
	}
}

// pump pushes until nothing is due or the window is full, and says when there
// may be more; zero is when poked.
func (v *VTN) pump(ctx context.Context) time.Time {
	for v.anyConnected() {
		known := v.fanOuts.known()
		now := v.clock.Now()
		due, err := v.reg.NextDue(ctx)
		if err != nil {
			return v.storeFailed(ctx, err)
		}
		var next time.Time // the earliest of what cannot be pushed now
		later := func(at time.Time) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
		pushed, full := false, false
		for i, d := range due {
			if d.At.After(now) {
				later(d.At)
				continue
			}
			room, wait := v.window.room(d.Urgency, d.Silent, now)
			if room == 0 {
				full = full || !d.Silent
				later(now.Add(wait))
				continue
			}
			n := room
			if d.Urgency == UrgencyFew && i+1 < len(due) && due[i+1].Urgency == UrgencyNormal {
				n = (n + 1) / 2 // many small changes do not keep a large one waiting for ever
			}
			n = min(n, claimBatch)
			claims, err := v.reg.Claim(ctx, d.Urgency, d.Silent, now, n)
			if err == nil {
				err = v.pushAll(ctx, claims)
			}
			if err != nil {
				return v.storeFailed(ctx, err)
			}
			switch len(claims) {
			case 0: // another replica has it
				later(now.Add(time.Millisecond))
			case room:
				v.window.filled(d.Urgency, d.Silent)
				fallthrough
			default:
				pushed = true
			}
		}
		v.waits = 0
		if pushed {
			continue
		}
		if !full {
			v.fanOuts.claimed(known)
		}
		return next
	}
	return time.Time{}
}

// How long the dispatcher waits for a store that failed: twice as long each time.
const (
	storeWait    = time.Second
	storeWaitMax = 5 * time.Second
)

func (v *VTN) storeFailed(ctx context.Context, err error) time.Time {
	v.waits = min(max(2*v.waits, storeWait), storeWaitMax)
	if ctx.Err() == nil {
		v.failed(err).Msg("cannot read what is due; check the store, trying again")
	}
	return v.clock.Now().Add(v.waits)
}

// pushAll builds the payload of each claim from current state and hands it to
// its transport. Claim first, read afterwards: a payload may be newer than its
// claim, never older.
func (v *VTN) pushAll(ctx context.Context, claims []Claim) error {
	if len(claims) == 0 {
		return nil
	}
	now := v.clock.Now()
	for topic, claims := range byTopic(claims) {
		news, err := v.news(ctx, topic, claims, now)
		if err != nil {
			return err
		}
		for _, c := range claims {
			v.push(ctx, c, news[c.VENNo], now)
		}
	}
	if len(claims) > 1 {
		v.log.Debug().Int("vens", len(claims)).Msg("pushed")
	}
	return nil
}

// byTopic splits claims, which mostly are of one topic.
func byTopic(claims []Claim) map[Topic][]Claim {
	first := claims[0].Topic
	if !slices.ContainsFunc(claims, func(c Claim) bool { return c.Topic != first }) {
		return map[Topic][]Claim{first: claims}
	}
	split := map[Topic][]Claim{}
	for _, c := range claims {
		split[c.Topic] = append(split[c.Topic], c)
	}
	return split
}

// news is what one VEN is told: the message, and up to which revision that is
// all there is to know. The zero news is that there is nothing to tell after all.
type news struct {
	rev     int64
	message oadr.Message
	omitted []string // events that pushes have not told so far for want of room
}

// news finds what each VEN of these claims, all of one topic, is told.
func (v *VTN) news(ctx context.Context, topic Topic, claims []Claim, now time.Time) (map[int64]news, error) {
	switch topic {
	case TopicEvents:
		return v.eventNews(ctx, claims, now)
	case TopicReports:
		return v.reportNews(ctx, claims, now)
	case TopicRegistration:
		return v.registrationNews(ctx, claims)
	case TopicMetadata:
		return v.greetings(ctx, claims)
	}
	return nil, fmt.Errorf("there is no topic %q", topic)
}

// push hands what is to be told to the VEN's transport.
func (v *VTN) push(ctx context.Context, c Claim, n news, now time.Time) {
	spoke := destination{Identity{c.Route.Transport, c.Route.Identity}, c.Route.Address}
	waiting := v.window.to(c.Topic, c.VENNo)
	to := v.presence.choose(c.VENNo, spoke, waiting != nil && waiting.to == spoke.address)
	t := v.transports[to.Transport]
	if t == nil || to.address == "" {
		return // never heard from so far; the claim comes back after its lease
	}
	token := c.Token()
	if n.message != nil {
		token.Rev = n.rev
	}
	requestID := token.String()
	f := &flight{token: token, by: to.Identity, to: to.address, spoke: spoke.address, word: v.presence.words.Load(), at: now, silent: c.Attempts > 1}
	if n.message == nil { // it was taken back meanwhile
		v.record(f.ends(Outcome{Result: Acknowledged}))
		return
	}
	payload := oadr.Append(v.payload[:0], c.form(), n.message)
	if d, ok := n.message.(*oadr.DistributeEvent); ok && (len(n.omitted) > 0 || v.fits(v.wayTo(c), payload) != nil) {
		part, err := v.tellInPart(ctx, c, v.wayTo(c), d, n.omitted, true)
		if err != nil {
			v.failed(err).Str("venID", c.VENID).Str("requestID", requestID).Msg("cannot choose what of its events the VEN is told; check the store, trying again")
			return // the claim comes back after its lease
		}
		payload = oadr.Append(payload[:0], c.form(), part)
	}
	v.payload = payload // its room is used again
	if !f.silent {
		v.fanOuts.sent(token.Rev, len(payload))
	}
	if len(payload) > v.cfg.MaxPayload {
		// A server that gets more than it takes ends the stream, for all VENs.
		v.record(f.ends(Outcome{Result: Refused,
			Error: fmt.Sprintf("not sent: its %s has %d bytes, VTN_MAX_PAYLOAD is %d", n.message.Kind(), len(payload), v.cfg.MaxPayload)}))
		return
	}
	f.kind = n.message.Kind()
	v.window.start(f) // before the push: the answer may be faster than this goroutine
	err := t.Push(ctx, Push{Token: token, To: to.address, Stanza: c.stanza(), Bytes: payload})
	if err != nil {
		if v.window.land(token) != nil {
			v.record(f.ends(NotPushed(err)))
		}
		return
	}
	v.metrics.sent.Inc()
	v.log.Debug().Str("venID", c.VENID).Str("requestID", requestID).Str("message", string(n.message.Kind())).Int("attempt", c.Attempts).Msg("pushed")
}

// form is how the VEN is written to: as the operator set, or as it last spoke.
func (c Claim) form() oadr.Form {
	if c.PayloadRoot != "" {
		if f, err := oadr.ParseForm(c.PayloadRoot); err == nil {
			return f
		}
	}
	return c.Route.Form
}

// stanza is how its transport carries what is written to the VEN, likewise.
func (c Claim) stanza() string {
	if c.Stanza != "" {
		return c.Stanza
	}
	return c.Route.Stanza
}
