package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Journal is what the API needs of a [VTN] for the stream.
type Journal interface {
	JournalAfter(ctx context.Context, after int64) (core.JournalPart, error)
	JournalNow(ctx context.Context) (int64, error)
}

// StreamLimits bound streams. What is 0 has its default.
type StreamLimits struct {
	Most     int           // streams in all, 1000
	PerActor int           // streams of one user or token, 100
	Patience time.Duration // how long a client may take nothing of what is written, 30 s
}

func (l StreamLimits) withDefaults() StreamLimits {
	if l.Most == 0 {
		l.Most = 1000
	}
	if l.PerActor == 0 {
		l.PerActor = 100
	}
	if l.Patience == 0 {
		l.Patience = 30 * time.Second
	}
	return l
}

const (
	pathStream      = prefix + "/stream"
	streamHeartbeat = 15 * time.Second
	streamLife      = 15 * time.Minute // then who may read is asked again
	streamRetry     = time.Second      // after the store failed
	streamChunk     = 64 << 10         // bytes of one write, about
	streamType      = "text/event-stream"
)

type streamHandlers struct {
	vtn      Journal
	limits   StreamLimits
	places   *places
	stopping context.Context // ends when the server stops
}

func (h *streamHandlers) register(api huma.API) {
	op := operation("stream", http.MethodGet, "/stream", "Follow what happens, as server-sent events")
	op.Description = "Each message is an entry of the journal, its id is the entry's number. A client that comes back with the last id that it read in Last-Event-ID, as browsers do, or in after, goes on where it was. " +
		"Without both the stream begins with what happens from now on; after=0 begins with the oldest entry that is kept.\n\n" +
		"The first message is an event \"ready\" with the number after which the stream goes on. An event \"gone\" says that entries after the number that the client named are no longer kept; read anew what you need of the rest of the API. " +
		"Every 15 seconds there is at least a comment and the id up to which all was sent. A stream ends after 15 minutes, and earlier if its client takes nothing for 30 seconds: connect again."
	op.Responses = answers(http.StatusOK, schemaOf[client.JournalEntry](api))
	op.Responses["200"].Content = map[string]*huma.MediaType{streamType: {Schema: schemaOf[client.JournalEntry](api)}}
	add(api, op, nil, h.stream)
}

// streamAnswer is a stream.
type streamAnswer struct {
	ContentType string `header:"Content-Type"`
	Buffering   string `header:"X-Accel-Buffering"` // nginx passes each message on at once
	Body        func(huma.Context)
}

func (h *streamHandlers) stream(ctx context.Context, in *struct {
	Kinds       []string `query:"kinds" enum:"event,ven,registration,delivery,opt,report,error,alarm" doc:"Only entries of these kinds, separated by commas"`
	EventID     string   `query:"eventID" maxLength:"1000" doc:"Only entries that concern this event"`
	VENID       string   `query:"venID" maxLength:"1000" doc:"Only entries that concern this VEN"`
	After       string   `query:"after" maxLength:"20" doc:"Go on after this entry; Last-Event-ID has precedence"`
	LastEventID string   `header:"Last-Event-ID" maxLength:"20" doc:"The id of the last message that was read"`
}) (*streamAnswer, error) {
	s := &stream{vtn: h.vtn, patience: h.limits.Patience, reader: admittedTo(ctx), filter: core.JournalFilter{EventID: in.EventID, VENID: in.VENID}}
	for _, kind := range in.Kinds {
		s.filter.Kinds = append(s.filter.Kinds, core.JournalKind(kind))
	}
	position, given, err := positionOf(in.LastEventID, in.After)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	if s.position = position; !given {
		if s.position, err = h.vtn.JournalNow(ctx); err != nil {
			return nil, refuse(ctx, err)
		}
	}
	leave, full := h.places.take(by(ctx), h.limits)
	if full != "" {
		p := newProblem(http.StatusServiceUnavailable, full)
		p.RequestID = requestID(ctx)
		return nil, p
	}
	return &streamAnswer{ContentType: streamType, Buffering: "no", Body: func(answer huma.Context) {
		defer leave()
		if answer.Method() == http.MethodHead {
			return
		}
		s.w = answer.BodyWriter().(http.ResponseWriter)
		ctx, stop := context.WithTimeout(ctx, streamLife)
		defer stop()
		defer context.AfterFunc(h.stopping, stop)()
		if err := s.run(ctx); err != nil {
			zerolog.Ctx(ctx).Debug().Err(err).Msg("a stream ended early")
		}
	}}, nil
}

// positionOf reads the number after which a stream goes on. given is false if there is none.
func positionOf(lastEventID, after string) (position int64, given bool, err error) {
	text, field := lastEventID, "Last-Event-ID"
	if text == "" {
		text, field = after, "after"
	}
	if text == "" {
		return 0, false, nil
	}
	position, err = strconv.ParseInt(text, 10, 64)
	if err != nil || position < 0 {
		return 0, false, invalid(field, "is not the id of an entry; leave it out to follow what happens from now on, or give 0 for all that is kept")
	}
	return position, true, nil
}

// stream writes the journal to one client.
type stream struct {
	vtn      Journal
	filter   core.JournalFilter
	position int64 // up to where all was written, or was not for this client
	patience time.Duration
	reader   *admitted
	w        http.ResponseWriter
	buffer   bytes.Buffer
}

// run writes until ctx ends or the client takes no more.
func (s *stream) run(ctx context.Context) error {
	// These fail only if the connection has no deadlines.
	_ = http.NewResponseController(s.w).SetReadDeadline(time.Time{})
	s.buffer.WriteString("retry: 2000\n")
	s.message("ready", `{"no":`+strconv.FormatInt(s.position, 10)+`}`)
	for {
		if err := s.flush(); err != nil {
			return err
		}
		part, err := s.next(ctx)
		switch {
		case ctx.Err() != nil, s.reader.over():
			return nil
		case err != nil:
			zerolog.Ctx(ctx).Debug().Err(err).Msg("a stream waits for the store")
			s.buffer.WriteString(": the store does not answer; the stream goes on when it does\n\n")
			select {
			case <-time.After(streamRetry):
			case <-ctx.Done():
			}
			continue
		}
		if err := s.write(part); err != nil {
			return err
		}
	}
}

// next waits for entries, at most until the next heartbeat.
func (s *stream) next(ctx context.Context) (core.JournalPart, error) {
	ctx, stop := context.WithTimeout(ctx, streamHeartbeat)
	defer stop()
	return s.vtn.JournalAfter(ctx, s.position)
}

// write writes what of a part is for this client.
func (s *stream) write(part core.JournalPart) error {
	if part.Gone {
		s.position = part.From
		s.message("gone", `{"no":`+strconv.FormatInt(part.From, 10)+`}`)
	}
	if len(part.Entries) == 0 && !part.Gone {
		s.buffer.WriteString(":\n")
		s.message("", "")
	}
	for i := range part.Entries {
		e := &part.Entries[i]
		if s.position = e.No; !s.filter.Takes(e) {
			continue
		}
		s.message("", string(e.JSON()))
		if s.buffer.Len() > streamChunk {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// message writes one message with the position as its id.
func (s *stream) message(event, data string) {
	b := strconv.AppendInt(append(s.buffer.AvailableBuffer(), "id: "...), s.position, 10)
	s.buffer.Write(append(b, '\n'))
	if event != "" {
		s.buffer.WriteString("event: " + event + "\n")
	}
	if data != "" {
		s.buffer.WriteString("data: " + data + "\n")
	}
	s.buffer.WriteByte('\n')
}

// flush sends what was written. It fails if the client takes nothing for too long.
func (s *stream) flush() error {
	if s.buffer.Len() == 0 {
		return nil
	}
	connection := http.NewResponseController(s.w)
	_ = connection.SetWriteDeadline(time.Now().Add(s.patience))
	if _, err := s.w.Write(s.buffer.Bytes()); err != nil {
		return err
	}
	if s.buffer.Reset(); s.buffer.Cap() > 4*streamChunk {
		s.buffer = bytes.Buffer{}
	}
	return connection.Flush()
}
