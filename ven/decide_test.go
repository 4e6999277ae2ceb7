package ven

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestE18CustomSignalsCanBeRefused(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN, cfg.Decide = vtn.service(), RefuseCustomSignals
	v := connect(t, cfg)
	register(t, v, vtn)
	custom := with(event("b", 0), func(e *oadr.Event) {
		e.Signals = []oadr.EventSignal{e.Signals[0]}
		e.Signals[0].Name, e.Signals[0].CurrentValue = "x-own", nil
	})
	vtn.push(v.JID(), pushOf("e-1", event("a", 0), custom))
	got := request[*oadr.CreatedEvent](t, vtn).Responses
	if len(got) != 2 || got[0].Code != oadr.CodeOK || got[0].OptType != oadr.OptIn || got[1].Code != oadr.CodeSignal || got[1].OptType != oadr.OptOut {
		t.Errorf("sent %+v", got)
	}
}
