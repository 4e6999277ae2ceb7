package core

import (
	"context"
	"sync/atomic"
	"time"
)

// Work adds up how long a request was worked on, without the time that it waited.
type Work struct{ took atomic.Int64 }

// Took returns the time so far.
func (w *Work) Took() time.Duration { return time.Duration(w.took.Load()) }

type workKey struct{}

// Counting returns a context in which [Worked] adds to w.
func Counting(ctx context.Context, w *Work) context.Context {
	return context.WithValue(ctx, workKey{}, w)
}

// Worked adds to the work that the context counts, if it counts any.
func Worked(ctx context.Context, took time.Duration) {
	if w, ok := ctx.Value(workKey{}).(*Work); ok && took > 0 {
		w.took.Add(int64(took))
	}
}
