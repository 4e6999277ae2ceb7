package main

import (
	"context"
	"errors"
	"fmt"
)

// part is something that runs until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// runParts starts all parts. When ctx ends or a part returns, it stops the parts
// one after another, the last one first. It returns all of their errors.
func runParts(ctx context.Context, parts ...part) error {
	ended := make(chan struct{}, len(parts))
	var stops []func() error
	for _, p := range parts {
		stops = append(stops, p.start(ctx, ended))
	}
	select {
	case <-ctx.Done():
	case <-ended:
	}
	var err error
	for i := len(stops) - 1; i >= 0; i-- {
		err = errors.Join(err, stops[i]())
	}
	return err
}

// start starts the part and returns what stops it. The part outlives ctx, so that
// parts end in their order. It sends to ended when it returns.
func (p part) start(ctx context.Context, ended chan<- struct{}) (stop func() error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	failed := make(chan error, 1)
	go func() {
		failed <- p.run(ctx)
		ended <- struct{}{}
	}()
	return func() error {
		cancel()
		if err := <-failed; err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		return nil
	}
}
