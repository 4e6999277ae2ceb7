package api

import (
	"net/http"
	"strings"
	"time"
)

const (
	seats    = 16 // answers that are read, or written, at once
	seatWait = 5 * time.Second
)

// seated bounds how many answers with what is stored are in memory at once: each
// is some megabytes, until its reader has taken it.
func seated(next http.Handler) http.Handler {
	taken := make(chan struct{}, seats)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, prefix) {
			next.ServeHTTP(w, r)
			return
		}
		wait := time.NewTimer(seatWait)
		defer wait.Stop()
		select {
		case taken <- struct{}{}:
			defer func() { <-taken }()
			next.ServeHTTP(w, r)
		case <-wait.C:
			newProblem(http.StatusServiceUnavailable, tooMany).write(w, r)
		case <-r.Context().Done():
		}
	})
}

const tooMany = "too many read from the VTN at once; try again in some seconds, and read long lists one after another"
