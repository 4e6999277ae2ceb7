package simplehttp

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

var xmlType = []string{"application/xml"} // rule H3

// buffer is where an answer is written before it is sent. It is used again.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 2<<10)} }}

// keep keeps what the buffer has grown to, unless that is much.
func (b *buffer) keep(grown []byte) {
	if cap(grown) > cap(b.bytes) && cap(grown) <= 64<<10 {
		b.bytes = grown[:0]
	}
}

// answer writes an answer with its length (rule H4), nil as an empty one.
func (s *server) answer(w http.ResponseWriter, payload []byte, coding string) {
	h := w.Header()
	if payload != nil {
		h["Content-Type"] = xmlType
	}
	if coding != "" && payload != nil {
		h["Content-Encoding"] = []string{coding}
	}
	s.send(w, http.StatusOK, payload)
}

// send writes status and body.
func (s *server) send(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	if status == http.StatusOK {
		s.answered.Inc()
	} else {
		s.metrics.answers.WithLabelValues(strconv.Itoa(status)).Inc()
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err == nil {
		s.metrics.out.Add(float64(len(body)))
	}
}

// refusal is how a request is refused that no payload answers (rule H2).
type refusal struct {
	status int
	why    rejection // empty: it is counted elsewhere
	text   string    // for people: what to do
	after  time.Duration
	ends   bool // the connection: it may still bring what nobody reads
}

// refuse writes a refusal, counts it and logs it.
func (s *server) refuse(w http.ResponseWriter, who string, n *refusal) {
	if n.why != "" {
		s.reject(n.why)
	}
	s.about(who).Str("identity", who).Int("status", n.status).Str("reason", n.text).Msg("refused a request")
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	if n.after > 0 {
		h["Retry-After"] = []string{strconv.Itoa(int((n.after + time.Second - 1) / time.Second))}
	}
	if n.ends {
		h["Connection"] = []string{"close"}
	}
	s.send(w, n.status, []byte(n.text+"\n"))
}

// acceptedCoding returns how to compress an answer (rule H5): gzip, deflate, or empty for
// not at all.
func acceptedCoding(accepts []string) string {
	best, most := "", 0.0
	for _, line := range accepts {
		for _, item := range strings.Split(line, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "x-gzip" || name == "*" {
				name = "gzip"
			}
			q := quality(parameters)
			if (name == "gzip" || name == "deflate") && q > 0 && (q > most || q == most && name == "gzip") {
				best, most = name, q
			}
		}
	}
	return best
}

// quality reads the weight of a coding, 1 if there is none that can be read.
func quality(parameters string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || q < 0 || q > 1 {
		return 1
	}
	return q
}

// packer compresses. It is kept, since making one takes much more memory than an answer.
type packer interface {
	io.WriteCloser
	Reset(io.Writer)
}

var packers = map[string]*sync.Pool{
	"gzip":    {New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }},
	"deflate": {New: func() any { w, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed); return w }},
}

// packed returns a payload compressed. The coding is gzip, deflate, or empty for none.
func packed(payload []byte, coding string) []byte {
	pool := packers[coding]
	if pool == nil || payload == nil {
		return payload
	}
	p := pool.Get().(packer)
	defer pool.Put(p)
	var out bytes.Buffer
	out.Grow(len(payload)/3 + 64)
	p.Reset(&out)
	_, _ = p.Write(payload) // a bytes.Buffer takes all
	_ = p.Close()
	return out.Bytes()
}
