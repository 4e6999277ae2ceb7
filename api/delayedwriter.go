package api

import "net/http"

// delayedWriter writes the status with the first byte of the body. A handler that
// panics before that, for example because something has no JSON, has not answered
// yet.
type delayedWriter struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *delayedWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *delayedWriter) Write(b []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(b)
}

// FlushError is what [http.ResponseController] asks for.
func (w *delayedWriter) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *delayedWriter) begin() {
	if w.begun {
		return
	}
	w.WriteHeader(http.StatusOK)
	w.begun = true
	w.ResponseWriter.WriteHeader(w.status)
}

// fail answers a request whose handler failed. An answer that has begun is cut off,
// so that nobody takes it for complete.
func (w *delayedWriter) fail(r *http.Request) {
	if w.begun {
		panic(http.ErrAbortHandler)
	}
	w.status = 0
	for _, header := range []string{"Content-Disposition", "Location"} { // of what is not sent
		w.Header().Del(header)
	}
	newProblem(http.StatusInternalServerError, "the VTN failed; its log says why at this requestID").write(w, r)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (w *delayedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
