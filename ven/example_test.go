package ven_test

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// A whole VEN: it opts in to heating events and prints every event. It waits for
// its server and its VTN to be there, and stays connected until it is interrupted.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg := ven.Config{
		JID:       "ven1@example.org",
		Password:  os.Getenv("VEN_PASSWORD"),
		PingAfter: time.Minute,
		Decide: func(e oadr.Event) ven.Decision {
			if e.Descriptor.MarketContext != "http://example.org/heating" {
				return ven.Decision{OptType: ven.OptOut}
			}
			return ven.Decision{OptType: ven.OptIn}
		},
		OnEvent: func(e ven.Event) { log.Print(e) },
	}
	var v *ven.VEN
	err := retry(ctx, func() (err error) { v, err = ven.Dial(ctx, cfg); return err })
	if err != nil {
		log.Fatal(err)
	}
	err = retry(ctx, func() error { _, err := v.Register(ctx); return err })
	if err != nil {
		log.Fatal(err)
	}
	<-ctx.Done() // from now on the VEN connects again by itself
	bye, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = v.Close(bye)
}

// retry tries until it succeeds, the server or the VTN refuses, or ctx ends.
func retry(ctx context.Context, try func() error) error {
	for b := (ven.Backoff{}); ; {
		err := try()
		var refusal *ven.ResponseError
		if err == nil || errors.Is(err, ven.ErrNotAuthorized) || errors.As(err, &refusal) {
			return err
		}
		log.Print(err)
		select {
		case <-time.After(b.Next()):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
