package core

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// pushAll builds the payload of each claim and hands it to its transport. It reads after
// the claim, so a payload may be newer than its claim, never older.
func (d *dispatcher) pushAll(ctx context.Context, claims []Claim) error {
	if len(claims) == 0 {
		return nil
	}
	now := d.clock.Now()
	for topic, claims := range byTopic(claims) {
		contents, err := d.sources.contents(ctx, topic, claims, now)
		if err != nil {
			return err
		}
		names, err := d.names(ctx, claims)
		if err != nil {
			return err
		}
		for _, c := range claims {
			d.push(ctx, c, contents[c.VENNo], names[c.VENNo], now)
		}
	}
	if len(claims) > 1 {
		d.log.Debug().Int("vens", len(claims)).Msg("pushed")
	}
	return nil
}

// names reads the names of those claimed VENs that are reached over a [Requesting]
// transport.
func (d *dispatcher) names(ctx context.Context, claims []Claim) (names map[int64][]string, err error) {
	byTransport := map[string][]int64{}
	for _, c := range claims {
		if d.requesting(c.Route.Transport) != nil {
			byTransport[c.Route.Transport] = append(byTransport[c.Route.Transport], c.VENNo)
		}
	}
	if len(byTransport) == 0 {
		return nil, nil
	}
	names = map[int64][]string{}
	err = d.reg.View(ctx, func(r Reader) error {
		for transport, vens := range byTransport {
			some, err := r.Named(vens, transport)
			if err != nil {
				return err
			}
			maps.Copy(names, some)
		}
		return nil
	})
	return names, err
}

// destination chooses where a claim's push goes. The zero destination is nowhere: the VEN
// was never heard, or nobody is known who may be told. It is claimed again after the
// lease. names are the VEN's on a [Requesting] transport, where the registered address is
// the truth (rule H21).
func (d *dispatcher) destination(c Claim, names []string) (to, spoke destination) {
	spoke = destination{Identity{c.Route.Transport, c.Route.Identity}, c.Route.Address}
	if d.requesting(c.Route.Transport) != nil {
		if len(names) == 0 {
			return destination{}, spoke
		}
		spoke.Name = names[0]
		return spoke, spoke
	}
	waiting := d.window.to(c.Topic, c.VENNo)
	return d.presence.choose(c.VENNo, spoke, waiting != nil && waiting.to == spoke.address), spoke
}

// byTopic groups claims by topic. Mostly there is one.
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

// push hands the content of a claim to the VEN's transport.
func (d *dispatcher) push(ctx context.Context, c Claim, n content, names []string, now time.Time) {
	to, spoke := d.destination(c, names)
	t := d.transports[to.Transport]
	if t == nil || to.address == "" {
		return
	}
	token := c.Token()
	if n.message != nil {
		token.Rev = n.rev
	}
	requestID := token.String()
	f := &flight{token: token, by: to.Identity, to: to.address, spoke: spoke.address, word: d.presence.words.Load(), at: now, silent: c.Attempts > 1, requesting: d.requesting(to.Transport) != nil}
	if n.message == nil { // what there was to tell was taken back meanwhile
		d.settler.record(f.ends(Outcome{Result: Acknowledged}))
		return
	}
	if kind := n.message.Kind(); !c.form().Profile.Has(kind) {
		d.settler.record(f.ends(Outcome{Result: Refused, Error: fmt.Sprintf("not sent: %s has no %s", c.Profile, kind)}))
		return
	}
	if d.connections.only(to.Transport) {
		d.settler.record(f.strands())
		return
	}
	if o, is := d.unsignable(c); is {
		d.settler.record(f.ends(o))
		return
	}
	payload, told, err := d.write(ctx, c, n)
	if err != nil {
		d.failed(err).Str("venID", c.VENID).Str("requestID", requestID).Msg("cannot choose what of its events the VEN is told; check the store, trying again")
		return // it is claimed again after the lease
	}
	f.signed = d.signsTo(c)
	if !f.silent {
		d.fanOuts.sent(token.Rev, len(payload))
	}
	if len(payload) > d.cfg.MaxPayload {
		// A server that gets more than it takes ends the stream for all VENs.
		d.settler.record(f.ends(d.overLimit("sent", told.Kind(), len(payload))))
		return
	}
	f.kind, f.unowed = told.Kind(), !c.owesAnswer(t, told)
	d.window.start(f) // first: the answer may come before Push returns
	err = t.Push(ctx, Push{Token: token, To: to.address, Identities: names, Kind: f.kind, Profile: c.form().Profile, Stanza: c.stanza(), Bytes: payload})
	if err != nil {
		if d.window.land(token) != nil {
			d.settler.record(f.ends(NotPushed(err)))
		}
		return
	}
	d.metrics.pushed("sent", to.Transport)
	d.log.Debug().Str("venID", c.VENID).Str("requestID", requestID).Str("payload", string(n.message.Kind())).Int("attempt", c.Attempts).Msg("pushed")
}

// write writes the payload of a push in the room of the last one. Of events that are too
// many it tells a part (rule E25): told is what the payload says. It signs last, since
// that takes long.
func (d *dispatcher) write(ctx context.Context, c Claim, n content) (payload []byte, told oadr.Message, err error) {
	form, told := c.form(), n.message
	if m, ok := told.(*oadr.DistributeEvent); ok {
		if payload, told, err = d.room.oneMessage(ctx, d.payload, c, m, n.omitted, inPush); err != nil {
			return nil, nil, err
		}
	} else {
		payload = oadr.Append(d.payload[:0], form, told)
	}
	if form.Signed = d.signsTo(c); form.Signed {
		payload = d.append(payload[:0], form, told)
	}
	d.payload = payload
	return payload, told, nil
}

// form returns the form of payloads to the VEN: what the operator set, or as it last spoke.
// 2.0a has one form (rule A1).
func (c Claim) form() oadr.Form {
	if c.Profile == oadr.Profile20a {
		return oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}
	}
	if c.PayloadRoot != "" {
		if f, err := oadr.ParseForm(c.PayloadRoot); err == nil {
			return f
		}
	}
	return c.Route.Form
}

// stanza returns the kind of stanza that carries them, likewise.
func (c Claim) stanza() string {
	if c.Stanza != "" {
		return c.Stanza
	}
	return c.Route.Stanza
}
