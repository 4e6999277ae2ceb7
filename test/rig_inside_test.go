package test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// startInside runs a VTN in the test's process, assembled as serve does it, so that the test controls its clock and store. The
// stack has no process to kill.
func startInside(t *testing.T, e *rig.Ejabberd, store string, clock core.Clock) (*stack, *registry.Registry) {
	t.Helper()
	output := rig.NewLog()
	log := zerolog.New(output).With().Timestamp().Logger()
	reg, err := registry.Open(t.Context(), store, log)
	if err != nil {
		t.Fatal(err)
	}
	metrics := prometheus.NewRegistry()
	vtn := core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen, InFlight: 4}, reg, clock, log, metrics)
	component := xmpp.New(xmpp.Config{
		Server: e.ComponentAddr, Domain: vtnDomain, Secret: e.Secret, VTNID: "VTN", Limits: oadr.DefaultLimits, Logger: log, Clock: clock,
		Budget: lane.Unlimited(clock), // how long work takes on a busy machine decides no test
	}, vtn)
	vtn.AddTransport(component)
	server := api.New(api.Config{
		Ready: []api.Part{
			{Name: "xmpp", Check: func(context.Context) error {
				if !component.Ready() {
					return errors.New("not connected")
				}
				return nil
			}},
			{Name: "store", Check: reg.Ping},
		},
		Log:     log,
		Metrics: metrics,
	}, vtn)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"core": vtn.Run, "xmpp": component.Run, "api": func(ctx context.Context) error { return server.Serve(ctx, listener) },
	} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	t.Cleanup(func() {
		stop()
		parts.Wait()
		if err := reg.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log("the VTN's log ends:\n" + ending(output))
		}
	})
	url := "http://" + listener.Addr().String()
	s := newStack(t, e, &rig.VTN{APIURL: url})
	s.eventually("the VTN to be ready", func() bool { return s.ready("xmpp") && s.ready("store") })
	return s, reg
}
