package rig

import (
	"context"
	"sync"
)

// unclosed counts the parts that are not closed, for Main to wait for.
var unclosed sync.WaitGroup

// closing returns a function that runs f once, when it is called or when ctx ends, whichever is first, and returns when f has.
func closing(ctx context.Context, f func()) func() {
	unclosed.Add(1)
	once := sync.OnceFunc(func() {
		defer unclosed.Done()
		f()
	})
	context.AfterFunc(ctx, once)
	return once
}
