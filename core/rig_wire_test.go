package core_test

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// wire is a core.Transport that hands pushes to the test.
type wire struct {
	name   string
	pushes chan core.Push
	probes chan []string
	sent   *oadrtest.Recorder
	down   atomic.Bool
	most   atomic.Int64 // bytes of the largest payload in a body, 0 for any

	greeted func(core.Push) // acknowledges greetings, unless the test does
	greets  atomic.Bool     // the test does, except for its sentinels
}

func (w *wire) Name() string { return w.name }

func (w *wire) Push(_ context.Context, p core.Push) error {
	if w.down.Load() { // the push was claimed before
		return core.ErrNotConnected
	}
	p.Bytes = append([]byte(nil), p.Bytes...)
	w.sent.Record(p.Bytes)
	if sentinel := strings.HasPrefix(p.To, "sentinel@") || strings.HasPrefix(p.To, "met@"); p.Token.Topic == core.TopicMetadata && (sentinel || !w.greets.Load()) {
		w.greeted(p)
		return nil
	}
	w.pushes <- p
	return nil
}

func (w *wire) Room() map[string]int {
	if most := int(w.most.Load()); most > 0 {
		return map[string]int{"body": most}
	}
	return nil
}

func (w *wire) Fits(stanza string, payload []byte) error {
	if most := int(w.most.Load()); stanza == "body" && most > 0 && len(payload) > most {
		return core.ErrTooLarge
	}
	return nil
}

func (w *wire) Probe(_ context.Context, identities []string) error {
	w.probes <- identities
	return nil
}

func (w *wire) Compare(registered string, heard core.Peer) core.AddressMatch {
	switch {
	case registered == heard.Address:
		return core.SameClient
	case strings.HasPrefix(registered, heard.Identity+"/"):
		return core.OtherClient
	}
	return core.OtherIdentity
}
