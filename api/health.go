package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// readyTime bounds one look at all parts.
const readyTime = 5 * time.Second

// health says that the process lives.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
}

// ready says whether everything works that VENs need, with 503 where not.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	out := s.look(r.Context())
	status := http.StatusOK
	if !out.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, "application/json", out)
}

// look asks all parts. One request does at a time: anybody may ask, and it
// writes to the store.
func (s *Server) look(ctx context.Context) client.Readiness {
	s.looking.Lock()
	defer s.looking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	out := client.Readiness{Ready: true, Parts: make([]client.Part, len(s.cfg.Ready))}
	var wg sync.WaitGroup
	for i, part := range s.cfg.Ready {
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
