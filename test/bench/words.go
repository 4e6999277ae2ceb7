package main

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
)

// numbers reads the first words of a command, as many as there are to be.
func numbers(words []string, into ...*int) (err error) {
	if len(words) < len(into) {
		return fmt.Errorf("%d words, and not %d", len(words), len(into))
	}
	for i, n := range into {
		if *n, err = strconv.Atoi(words[i]); err != nil {
			return err
		}
	}
	return nil
}

// someAtOnce does something for each number of a range, some at the same time. Where one fails, its worker does no more.
func someAtOnce(atOnce, from, to int, do func(no int) error) error {
	errs := make([]error, atOnce)
	var next atomic.Int64
	next.Store(int64(from))
	var wg sync.WaitGroup
	for i := range atOnce {
		wg.Go(func() {
			for errs[i] == nil {
				no := int(next.Add(1)) - 1
				if no >= to {
					return
				}
				errs[i] = do(no)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
