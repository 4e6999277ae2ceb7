package core

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// settler takes the outcomes of pushes and stores them.
type settler struct {
	*common
	sources    sources
	room       partTeller
	presence   *presence
	window     *window
	fanOuts    *fanOuts
	searches   *searches
	arrivals   *arrivals
	dispatcher *dispatcher
	outcomes   *outcomes
}

// stopBound is how long outcomes may take to be stored when the VTN stops.
const stopBound = 5 * time.Second

// Settle takes the outcome of a push, as its transport heard it from the peer.
// It never blocks; one that is lost costs a repeated push.
func (s *settler) Settle(from Peer, t Token, o Outcome) { s.settle(from, t, o, false) }

// settleSeparately takes the outcome of a push that a VEN tells in a request of its
// own. Beside that it may answer the push as well.
func (s *settler) settleSeparately(from Peer, t Token, o Outcome) { s.settle(from, t, o, true) }

func (s *settler) settle(from Peer, t Token, o Outcome, itself bool) {
	pushed := s.window.to(t.Topic, t.VENNo)
	if pushed != nil && pushed.token != t {
		pushed = nil
	}
	if pushed != nil && pushed.to != from.Address {
		// X6: an answer counts only from the address that was pushed.
		s.metrics.ignored.WithLabelValues("other address").Inc()
		return
	}
	end := outcome{Settlement: Settlement{Token: t, By: Identity{from.Transport, from.Identity}}}
	if pushed != nil {
		end.spoke = pushed.spoke
	}
	if !o.Bare && o.Code != 0 {
		end.said, end.word = from, s.presence.word()
	}
	end.Outcome, end.From = s.weigh(from, t, pushed, o)
	if f := s.window.land(t); f != nil {
		s.metrics.latency.Observe(s.clock.Now().Sub(f.at).Seconds())
		end.first = !f.silent
		if itself {
			s.window.answeredSeparately(t)
		}
	} else {
		end.also = itself || s.window.answersAgain(t)
	}
	s.record(end)
}

// weigh says what an outcome counts for: it depends on who says so (rule X5).
// Where only is not empty, it counts only if the VEN last spoke there.
func (s *settler) weigh(from Peer, t Token, pushed *flight, o Outcome) (is Outcome, only string) {
	bare, unknown := o.Bare, o.Unknown
	o.Bare, o.Unknown = false, false
	if unknown && t.Topic == TopicMetadata && pushed != nil && pushed.to == pushed.spoke {
		// N11: the VEN is there, takes no reports, and is to be told the rest.
		return Outcome{Result: Refused, Error: o.Error}, ""
	}
	if bare && o.Lasts() {
		switch {
		case pushed != nil && pushed.to == pushed.spoke, s.presence.speaks(t.VENNo, from.Address):
		case pushed != nil:
			o = Outcome{Result: Unreachable, Error: "answered by a client that never spoke OpenADR: " + cmp.Or(o.Error, "empty result")}
			pushed.word = math.MaxUint64 // nor is it of a session before
		default:
			only = from.Address
		}
	}
	if o.Result != Unreachable {
		return o, only
	}
	if pushed == nil {
		if s.presence.bouncedBefore(t, from) {
			o.Result = Requeue
		}
		return o, ""
	}
	heardSince, known := s.presence.bounced(t.VENNo, from, pushed.word)
	switch {
	case heardSince:
		o.Result = Requeue
	case !known:
		// It was not known to be there: it may be elsewhere since before the
		// transport connected, and nobody told.
		s.searches.lookFor(search{from.Transport, from.Identity})
	}
	return o, ""
}

// answered notes that a VEN answered a push in OpenADR. Where it was not known to
// speak there, it is stored that it does.
func (s *settler) answered(o *outcome) {
	spoke := s.presence.answered(o.Token.VENNo, o.said, o.word, s.clock.Now())
	if !spoke && o.said.Address != o.spoke {
		s.arrivals.arrive(arrival{what: arrivalSpoke, from: o.said})
	}
}

// ends is the outcome of a flight that nobody answered.
func (f *flight) ends(o Outcome) outcome {
	return outcome{Settlement: Settlement{Token: f.token, By: f.by, Outcome: o}, first: !f.silent, spoke: f.spoke}
}

// Answer takes the result of a push that holds more than an oadrResponse. What
// belongs to another topic's push is no answer to this one.
func (v *VTN) Answer(ctx context.Context, from Peer, t Token, p *oadr.Payload) {
	outcome, request := answerOutcome(t.Topic, p)
	v.Settle(from, t, outcome)
	if !request {
		return
	}
	if r := oadr.ResponseOf(p.Message); r != nil && r.RequestID == "" {
		r.RequestID = t.String() // what it answers, the stanza says
	}
	if _, err := v.Handle(ctx, from, p); err != nil {
		v.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("requestID", t.String()).Str("message", string(p.Message.Kind())).Msg("what came in a result was not taken")
	}
}

// answerOutcome is what the message in a result says of the push, and whether
// it is to be handled like a request without a reply as well.
func answerOutcome(topic Topic, p *oadr.Payload) (o Outcome, request bool) {
	kind := string(p.Message.Kind())
	if p.Invalid != nil {
		return Outcome{Result: Refused, Error: "the answer is invalid: " + p.Invalid.Error()}, false
	}
	switch m := p.Message.(type) {
	case *oadr.CreatedEvent: // E16
		if topic == TopicEvents {
			return createdEventOutcome(m), true
		}
	case *oadr.CanceledPartyRegistration: // N9
		if topic == TopicRegistration {
			return responseOutcome(m.Response), false
		}
	case *oadr.CreatedReport:
		if topic == TopicReports { // R3
			if len(m.Pending) > 0 { // it says what of the push it refuses, and what not
				return Outcome{Result: Acknowledged}, true
			}
			return responseOutcome(m.Response), true
		}
	case *oadr.CanceledReport:
		if topic == TopicReports { // R8
			if len(m.Pending) > 0 { // it says what of the push it could not do
				return Outcome{Result: Acknowledged}, true
			}
			return responseOutcome(m.Response), true
		}
	case *oadr.RegisteredReport:
		if topic == TopicReports || topic == TopicMetadata { // N11, R9
			return responseOutcome(m.Response), true
		}
	}
	return Outcome{Result: Refused, Error: "answered with " + excerpt.Of(kind)}, false
}

// createdEventOutcome is what an oadrCreatedEvent says of the push it answers
// (rule E18): an eiResponse error without eventResponses refuses it whole.
func createdEventOutcome(m *oadr.CreatedEvent) Outcome {
	if m.Response.Code/100 != 2 && len(m.Responses) == 0 {
		return Outcome{Result: Refused, Code: int(m.Response.Code), Error: m.Response.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(oadr.CodeOK)}
}

// record queues an outcome for the next commit.
func (s *settler) record(o outcome) {
	if s.outcomes.add(o, s.window.quiet(s.clock.Now())) {
		return
	}
	s.metrics.ignored.WithLabelValues("queue full").Inc()
	if o.first {
		s.fanOuts.landed(o.Token.Rev, 0)
	}
}

// recordOutcomes stores outcomes in groups, and what had arrived when the VTN
// was told to stop.
func (s *settler) recordOutcomes(ctx context.Context) {
	// What is being stored when the VTN is told to stop has time to finish.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopBound, stop) })()
	for work.Err() == nil {
		batch := s.outcomes.take(ctx)
		if len(batch) == 0 {
			return
		}
		s.commitOutcomes(work, batch)
	}
}

// commitOutcomes stores a batch, again and again while the store refuses:
// giving up would repeat every push of it.
func (s *settler) commitOutcomes(ctx context.Context, batch []outcome) {
	settlements := make([]Settlement, len(batch))
	for i := range batch {
		settlements[i] = batch[i].Settlement
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		verdicts, err := s.reg.Settle(ctx, s.clock.Now(), settlements, s.sources.settled)
		if err == nil {
			s.countOutcomes(batch, verdicts)
			s.room.roomMade()
			if !s.window.wanted() { // else the dispatcher looks when there is room
				s.dispatcher.poke()
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.failed(err).Int("outcomes", len(batch)).Dur("retryIn", wait).Msg("cannot store the outcome of pushes; check the store")
		timer, stop := s.clock.After(wait)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return
		}
	}
}

func (s *settler) countOutcomes(batch []outcome, verdicts []Verdict) {
	for i := range batch {
		o := &batch[i]
		if o.first {
			s.fanOuts.landed(o.Token.Rev, o.Outcome.Result)
		}
		switch {
		case verdicts[i] == Spent && o.also:
			continue
		case verdicts[i] != Counted:
			s.metrics.ignored.WithLabelValues("stale or not the VEN's").Inc()
			s.log.Debug().Str("identity", o.By.Name).Str("requestID", o.Token.String()).Msg("an answer to a push did not count: it is old, or not from its VEN")
			continue
		}
		s.metrics.results[o.Outcome.Result].Inc()
		if o.said.Address != "" && o.Token.Topic != TopicRegistration { // else it may be a VEN no longer
			s.answered(o)
		}
		switch o.Outcome.Result {
		case Unreachable:
			// Another client of the account may be the VEN, or it came meanwhile.
			if s.presence.elsewhere(o.Token.VENNo, o.spoke) && !s.arrivals.arrive(arrival{what: arrivalBack, venNo: o.Token.VENNo}) {
				s.presence.forget(o.Token.VENNo) // so that it is news when it is heard again
			}
		case Refused:
			s.log.Debug().Str("identity", o.By.Name).Str("requestID", o.Token.String()).Int("code", o.Outcome.Code).
				Str("error", excerpt.Of(o.Outcome.Error)).Msg("a VEN refused a push; it is sent the next change again")
		}
	}
}
