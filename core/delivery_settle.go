package core

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
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
	outcomes   *outcomeQueue

	connections *connections
}

// stopBound is how long storing outcomes may take once the VTN stops.
const stopBound = 5 * time.Second

// Settle takes the outcome of a push that its transport heard from a peer. It never
// blocks. An outcome that is lost costs a repeated push.
func (s *settler) Settle(from Peer, t Token, o Outcome) { s.settle(from, t, o, inResult) }

// settleSeparately takes the outcome that a separate answer tells. The VEN may answer the
// push as well.
func (s *settler) settleSeparately(from Peer, t Token, o Outcome) { s.settle(from, t, o, separately) }

// answeredHow is how a VEN answered a push.
type answeredHow uint8

const (
	inResult   answeredHow = iota // by the result of the push
	separately                    // by a request
)

func (s *settler) settle(from Peer, t Token, o Outcome, how answeredHow) {
	pushed := s.window.to(t.Topic, t.VENNo)
	if pushed != nil && pushed.token != t {
		pushed = nil
	}
	if pushed != nil && !pushed.answeredBy(from) {
		// X6: an answer counts only from the address that was pushed to.
		s.metrics.ignored.WithLabelValues("other address").Inc()
		return
	}
	if pushed != nil && pushed.requesting {
		s.heardOf(from, t, o)
	}
	o.Signed = o.Signed || how == separately // of a request, [VTN.Handle] has checked that
	end := settling{Settlement: Settlement{Token: t, By: Identity{from.Transport, from.Identity}}}
	end.unsigned = pushed == nil && !o.Signed && !o.Bare && o.Code != 0 && s.signing() > 0
	if pushed != nil {
		end.spoke = pushed.spoke
	}
	if !o.Bare && o.Code != 0 && s.requesting(from.Transport) == nil {
		end.said, end.word = from, s.presence.word()
	}
	end.Outcome, end.From, end.unknown = s.weigh(from, t, pushed, o)
	end.at = from.Address
	if f := s.window.land(t); f != nil {
		s.metrics.latency.Observe(s.clock.Now().Sub(f.at).Seconds())
		end.first = !f.silent
		if how == separately {
			s.window.answeredSeparately(t)
		}
	} else {
		end.also = how == separately || s.window.answersAgain(t)
	}
	s.record(end)
}

// heardOf notes what the outcome of a push over a [Requesting] transport says of the VEN's
// presence (rule H21).
func (s *settler) heardOf(from Peer, t Token, o Outcome) {
	switch {
	case o.Silent:
		s.presence.missed(t.VENNo, from.Transport)
	case o.Lasts():
		s.presence.took(t.VENNo, from.Transport, s.clock.Now())
	}
}

// weigh returns what an outcome counts for, which depends on who sent it (rule X5). If
// only is not empty, the outcome counts only if the VEN last spoke at that address. unknown
// reports that nobody was known to be where the push came back from.
func (s *settler) weigh(from Peer, t Token, pushed *flight, o Outcome) (is Outcome, only string, unknown bool) {
	bare, unsupported := o.Bare, o.Unknown
	unsigned := !bare && !o.Signed && o.Code != 0 && pushed != nil && pushed.signed
	o.Bare, o.Unknown, o.Signed, o.Silent = false, false, false, false
	if unsigned { // S12: anything else would be as good as no signature
		return notSigned, "", false
	}
	if s.requesting(from.Transport) != nil {
		// The transport knows whom it told, and nobody is looked for elsewhere (H19, H20).
		if o.Result == Unreachable {
			o.Result = Retry
		}
		return o, "", false
	}
	if unsupported && t.Topic == TopicMetadata && pushed != nil && pushed.to == pushed.spoke {
		// N11: the VEN is there but takes no reports; it is told the rest.
		return Outcome{Result: Refused, Error: o.Error}, "", false
	}
	if bare && o.Lasts() {
		switch {
		case pushed != nil && pushed.to == pushed.spoke, s.presence.speaks(t.VENNo, from.Address):
		case pushed != nil:
			o = Outcome{Result: Unreachable, Error: "answered by a client that never spoke OpenADR: " + cmp.Or(o.Error, "empty result")}
			pushed.word = math.MaxUint64 // no word is later: this is not of an earlier session
		default:
			only = from.Address
		}
	}
	if o.Result != Unreachable {
		return o, only, false
	}
	var heardSince, known bool
	if pushed == nil {
		heardSince, known = s.presence.bouncedBefore(t, from)
	} else {
		heardSince, known = s.presence.bounced(t.VENNo, from, pushed.word)
	}
	if heardSince {
		o.Result = Requeue
	}
	return o, "", !known
}

// answered notes that a VEN answered a push in OpenADR. It has the address stored if the
// VEN was not known to speak there.
func (s *settler) answered(o *settling) {
	spoke := s.presence.answered(o.Token.VENNo, o.said, o.word, s.clock.Now())
	if !spoke && o.said.Address != o.spoke {
		s.arrivals.arrive(arrival{what: arrivalSpoke, from: o.said})
	}
}

// ends returns the outcome of a flight that nobody answered.
func (f *flight) ends(o Outcome) settling {
	return settling{Settlement: Settlement{Token: f.token, By: f.by, Outcome: o}, first: !f.silent, spoke: f.spoke}
}

// strands returns the outcome of a push that its transport cannot carry now, while others
// are connected: without one it would be claimed in vain without pause. It waits until the
// transport is back, and not for ever if this process is not there then. A greeting goes
// on holding what it holds.
func (f *flight) strands() settling {
	o := Outcome{Result: Retry, Error: "no connection of its transport"}
	if f.token.Topic == TopicMetadata {
		o.Result = Unreachable
	}
	s := f.ends(o)
	s.stranded = true
	return s
}

// record queues an outcome for the next commit. It may make something due to a VEN that polls.
func (s *settler) record(o settling) {
	s.reg.idle.touched(o.Token.VENNo)
	if s.outcomes.add(o, s.window.quiet(s.clock.Now())) {
		return
	}
	s.metrics.ignored.WithLabelValues("queue full").Inc()
	if o.first {
		s.fanOuts.landed(o.Token.Rev, 0)
	}
}

// recordOutcomes stores outcomes in groups until ctx ends, and then those that have
// arrived.
func (s *settler) recordOutcomes(ctx context.Context) {
	// A commit under way when ctx ends has time to finish.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopBound, stop) })()
	for work.Err() == nil {
		batch := s.outcomes.take(ctx)
		if len(batch) == 0 {
			return
		}
		s.commitOutcomes(work, batch)
		s.outcomes.done(batch)
	}
}

// commitOutcomes stores a batch. It tries again while the store fails, since giving up
// would repeat every push of the batch.
func (s *settler) commitOutcomes(ctx context.Context, batch []settling) {
	settlements := make([]Settlement, len(batch))
	for i := range batch {
		settlements[i] = batch[i].Settlement
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		err := s.demandSignatures(ctx, batch, settlements)
		var verdicts []Verdict
		if err == nil {
			verdicts, err = s.reg.Settle(ctx, s.clock.Now(), settlements, s.sources.settled)
		}
		if err == nil {
			s.countOutcomes(batch, verdicts)
			s.room.roomMade()
			if !s.window.wanted() { // otherwise the window wakes the dispatcher when it has room
				s.dispatcher.poke()
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.failed(err).Int("outcomes", len(batch)).Dur("retryIn", wait).Msg("cannot store the outcome of pushes; check the store")
		waitUntil(ctx, s.clock, s.clock.Now().Add(wait), nil)
	}
}

// notSigned is the outcome of a signed push that was answered without signature.
var notSigned = Outcome{Result: Retry, Error: "the answer is not signed, and the push was"}

// demandSignatures looks after outcomes without signature of pushes that this process does
// not know, of before a restart or from another replica: of a VEN that has to sign they do
// not count (rule S12).
func (s *settler) demandSignatures(ctx context.Context, batch []settling, settlements []Settlement) error {
	var ids []Identity
	for i := range batch {
		if batch[i].unsigned {
			ids = append(ids, batch[i].By)
		}
	}
	vens, err := s.arrivals.vensOf(ctx, ids)
	if err != nil {
		return err
	}
	for i := range batch {
		if ven := vens[batch[i].By]; batch[i].unsigned && ven != nil && s.signs(ven.Signatures, ven.Registration != nil && ven.Registration.XMLSignature) {
			batch[i].Outcome, settlements[i].Outcome = notSigned, notSigned
		}
	}
	return nil
}

func (s *settler) countOutcomes(batch []settling, verdicts []Verdict) {
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
			s.log.Debug().Str("identity", o.By.Name).Str("requestID", o.Token.String()).Stringer("reason", verdicts[i]).Msg("an answer to a push did not count")
			continue
		}
		s.metrics.pushed(o.Outcome.Result.String(), o.By.Transport)
		if o.said.Address != "" && o.Token.Topic != TopicRegistration { // otherwise it may be no VEN any more
			s.answered(o)
		}
		if o.stranded {
			if !s.connections.strand(o.By.Transport, o.Token.VENNo) { // it connected meanwhile
				s.arrivals.arrive(arrival{what: arrivalReturned, venNo: o.Token.VENNo})
			}
			continue
		}
		switch o.Outcome.Result {
		case Unreachable:
			// Now that it is parked, it is looked for: whoever answers ends that. It may have
			// come elsewhere unnoticed, before the transport connected or with a connection
			// that was lost. That it spoke says little: what it sent over the last connection
			// may be handled late.
			if o.at != "" && (o.unknown || !s.presence.certain(o.Token.VENNo, o.at)) {
				s.searches.lookFor(search{o.By.Transport, o.By.Name})
			}
			// Another client of the account may be the VEN, or it came meanwhile.
			if s.presence.elsewhere(o.Token.VENNo, o.spoke) && !s.arrivals.arrive(arrival{what: arrivalBack, venNo: o.Token.VENNo}) {
				s.presence.forget(o.Token.VENNo) // so that the next word from it counts as an arrival
			}
		case Refused:
			s.log.Debug().Str("identity", o.By.Name).Str("requestID", o.Token.String()).Int("code", o.Outcome.Code).
				Str("error", excerpt.Of(o.Outcome.Error)).Msg("a VEN refused a push; it is sent the next change again")
		}
	}
}
