package core_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// counted counts the calls of a registry.
type counted struct {
	core.Registry
	views, routes atomic.Int64
}

func (c *counted) View(ctx context.Context, fn func(core.Reader) error) error {
	c.views.Add(1)
	return c.Registry.View(ctx, fn)
}

func (c *counted) SetRoutes(ctx context.Context, routes map[int64]core.Route) error {
	c.routes.Add(1)
	return c.Registry.SetRoutes(ctx, routes)
}

func TestX5ACrowdThatComesBackIsMetTogether(t *testing.T) {
	const crowd, clients = 40, 10
	r := start(t)
	var vens []core.Peer
	for i := range crowd {
		vens = append(vens, r.join(fmt.Sprintf("ven%02d", i)))
	}
	reg := &counted{Registry: r.reg}
	second := core.New(core.Config{VTNID: "VTN"}, reg, r.clock, zerolog.Nop(), nil)
	second.AddTransport(r.wire)
	for client := range clients { // each comes, leaves and comes again, elsewhere each time
		for _, ven := range vens {
			ven.Address = fmt.Sprintf("%s/%d", ven.Identity, client)
			second.Appear(ven)
			if client+1 < clients {
				second.Vanish(ven)
			}
		}
	}
	second.Vanish(peer("nobody"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second.Run(ctx) }()
	for i := range vens {
		r.waitFor(func() bool {
			v, err := r.VEN(t.Context(), fmt.Sprintf("ven%02d", i))
			return err == nil && second.Presence(v) == core.PresenceAvailable
		})
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// 761 arrivals are two batches; the VTN looks once for reports it owes, once
	// for events it left out, and once for events that are over.
	// Presence says that some client is online, not which one is the VEN.
	if read, stored := reg.views.Load(), reg.routes.Load(); read > 5 || stored > 0 {
		t.Errorf("a crowd of %d is read in %d transactions, its routes are stored in %d", crowd, read, stored)
	}
}
