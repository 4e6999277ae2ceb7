package core

import (
	"context"
	"sync/atomic"
	"time"
)

// Work adds up how long a request was worked on. Waiting, for the store's turn or for
// anybody else, is no work.
type Work struct{ took atomic.Int64 }

// Took is how long it was so far.
func (w *Work) Took() time.Duration { return time.Duration(w.took.Load()) }

type workKey struct{}

// Counting makes a context in which work is added to w.
func Counting(ctx context.Context, w *Work) context.Context {
	return context.WithValue(ctx, workKey{}, w)
}

// Worked adds to the work of the request whose context it is, if it is one's.
func Worked(ctx context.Context, took time.Duration) {
	if w, ok := ctx.Value(workKey{}).(*Work); ok && took > 0 {
		w.took.Add(int64(took))
	}
}
