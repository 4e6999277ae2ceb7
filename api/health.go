package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// Part is something that must work before the VTN can do its job.
type Part struct {
	Name string
	// Check fails if the part does not work. Its error says what is wrong and
	// what to do. Anybody may read it.
	Check func(context.Context) error
	// Note, if it is not nil, returns more about the part's state. Anybody may
	// read it.
	Note func() string
}

// readyTime limits one check of all parts.
const readyTime = 5 * time.Second

// healthHandlers answer whether the VTN works.
type healthHandlers struct {
	parts    []Part
	checking sync.Mutex
}

// health says that the process lives.
func (h *healthHandlers) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jsonType, map[string]string{"status": "ok"})
}

// ready reports whether everything works that VENs need. The status is 503 if
// anything does not.
func (h *healthHandlers) ready(w http.ResponseWriter, r *http.Request) {
	out := h.check(r.Context())
	status := http.StatusOK
	if !out.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, jsonType, out)
}

// check checks all parts. Only one request does so at a time, because anybody may
// ask and the check writes to the store.
func (h *healthHandlers) check(ctx context.Context) client.Readiness {
	h.checking.Lock()
	defer h.checking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	out := client.Readiness{Ready: true, Parts: make([]client.Part, len(h.parts))}
	var wg sync.WaitGroup
	for i, part := range h.parts {
		wg.Go(func() {
			out.Parts[i] = client.Part{Name: part.Name, Ready: true}
			if err := part.Check(ctx); err != nil {
				out.Parts[i] = client.Part{Name: part.Name, Reason: err.Error()}
			}
			if part.Note != nil {
				out.Parts[i].Note = part.Note()
			}
		})
	}
	wg.Wait()
	for _, p := range out.Parts {
		out.Ready = out.Ready && p.Ready
	}
	return out
}
