package core_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// BenchmarkIdlePoll is what core does for an oadrPoll when nothing is due.
func BenchmarkIdlePoll(b *testing.B) {
	reg, err := registry.Open(b.Context(), registrytest.SQLite(b), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer reg.Close()
	v := core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}, reg, coretest.NewClock(t0), zerolog.Nop(), nil)
	v.AddTransport(&web{make(chan core.Push, 1), &oadrtest.Recorder{}})
	ven := certificate("ven1")
	send := func(m oadr.Message) {
		if _, err := v.Handle(b.Context(), ven, &oadr.Payload{Message: m}); err != nil {
			b.Fatal(err)
		}
	}
	m := overHTTP("")
	m.VENID = "ven1"
	send(m)
	poll := &oadr.Poll{VENID: "ven1"}
	send(poll) // the greeting
	for b.Loop() {
		send(poll)
	}
}
