package api

import (
	"net/http"
	"strings"
	"time"
)

const (
	maxReads = 16              // reads that are answered at once
	readWait = 5 * time.Second // for one of them to end
)

// limitReads limits how many answers with stored data are in memory at once: each
// takes some megabytes until its reader has taken it.
func limitReads(next http.Handler) http.Handler {
	running := make(chan struct{}, maxReads)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, prefix) || r.URL.Path == pathStream {
			next.ServeHTTP(w, r)
			return
		}
		wait := time.NewTimer(readWait)
		defer wait.Stop()
		select {
		case running <- struct{}{}:
			defer func() { <-running }()
			next.ServeHTTP(w, r)
		case <-wait.C:
			newProblem(http.StatusServiceUnavailable, tooManyReads).write(w, r)
		case <-r.Context().Done():
		}
	})
}

const tooManyReads = "too many clients read from the VTN at once; try again in some seconds, and read long lists one after another"
