package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// TestPartsStopFromTheLastToTheFirst checks the order when the context ends, and when a
// part fails.
func TestPartsStopFromTheLastToTheFirst(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name  string
		fails string // this part, at once
		want  []string
	}{
		{"the context ends", "", []string{"c", "b", "a"}},
		{"a part fails", "b", []string{"b", "c", "a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var mu sync.Mutex
			var ended []string
			ctx, cancel := context.WithCancel(t.Context())
			named := func(name string) part {
				return part{name, func(ctx context.Context) (err error) {
					if name == test.fails {
						err = broken
					} else {
						<-ctx.Done()
					}
					mu.Lock()
					defer mu.Unlock()
					ended = append(ended, name)
					return err
				}}
			}
			if test.fails == "" {
				cancel()
			}
			defer cancel()
			err := runParts(ctx, named("a"), named("b"), named("c"))
			if !slices.Equal(ended, test.want) {
				t.Errorf("they ended in the order %v, want %v", ended, test.want)
			}
			if failed := test.fails != ""; failed != errors.Is(err, broken) || failed && err.Error() != "b: broken" {
				t.Errorf("err = %v", err)
			}
		})
	}
}
