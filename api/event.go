package api

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

type eventPath struct {
	EventID string `path:"eventID"`
}

// Paging is exported because huma looks into no other that is embedded.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Items at most; a part ends sooner where they are large: go on while there is a next"`
	Cursor string `query:"cursor" doc:"next of the part before" maxLength:"1000"`
}

type document struct {
	RawBody []byte `contentType:"application/json"`
}

type answered[T any] struct{ Body *T }

type located[T any] struct {
	Location string `header:"Location"`
	Body     *T
}

func (s *Server) createEvent(ctx context.Context, in *document) (*located[client.Event], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	spec, err := parse(members, s.readEvent)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	e, err := s.vtn.CreateEvent(ctx, spec, by)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	out := s.showEvent(e)
	return &located[client.Event]{prefix + "/events/" + url.PathEscape(e.EventID), &out}, nil
}

func (s *Server) listEvents(ctx context.Context, in *Paging) (*answered[client.Page[client.Event]], error) {
	before, err := number(in.Cursor)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	events, next, err := s.vtn.Events(ctx, before, in.Limit)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	page := client.Page[client.Event]{Items: []client.Event{}}
	for _, e := range events {
		page.Items = append(page.Items, s.showEvent(e))
	}
	if next != 0 {
		page.Next = strconv.FormatInt(next, 10)
	}
	return &answered[client.Page[client.Event]]{&page}, nil
}

// number reads a cursor that is one, 0 for none.
func number(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n <= 0 {
		return 0, badCursor
	}
	return n, nil
}

var badCursor = &core.InvalidError{Problems: []core.Problem{{Field: "cursor", Reason: "is not the next of an earlier part of this list"}}}

func (s *Server) getEvent(ctx context.Context, in *eventPath) (*answered[client.Event], error) {
	e, err := s.vtn.Event(ctx, in.EventID)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	counts, err := s.vtn.EventCounts(ctx, in.EventID)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	out := s.showEvent(e)
	out.VENs = showCounts(counts)
	return &answered[client.Event]{&out}, nil
}

func (s *Server) patchEvent(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.Event], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	e, err := s.vtn.ModifyEvent(ctx, in.EventID, func(current core.EventSpec) (core.EventSpec, error) {
		members, err := patched(showSpec(current), changes)
		if err != nil {
			return core.EventSpec{}, err
		}
		return parse(members, s.readEvent)
	}, by)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	out := s.showEvent(e)
	return &answered[client.Event]{&out}, nil
}

func (s *Server) extendEvent(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	By      string `query:"by" required:"true" maxLength:"100" doc:"How much longer it is to last" example:"PT30M"`
}) (*answered[client.Event], error) {
	longer, err := oadr.ParseDuration(in.By)
	if err != nil {
		return nil, s.refuse(ctx, &core.InvalidError{Problems: []core.Problem{{Field: "by", Reason: err.Error() + "; use a duration such as PT30M"}}}, "")
	}
	e, err := s.vtn.ExtendEvent(ctx, in.EventID, longer, by)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	out := s.showEvent(e)
	return &answered[client.Event]{&out}, nil
}

func (s *Server) cancelEvent(ctx context.Context, in *eventPath) (*answered[client.Event], error) {
	e, err := s.vtn.CancelEvent(ctx, in.EventID, by)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	out := s.showEvent(e)
	return &answered[client.Event]{&out}, nil
}

func (s *Server) listEventVENs(ctx context.Context, in *struct {
	EventID            string `path:"eventID"`
	OptedOutBySchedule bool   `query:"optedOutBySchedule" doc:"Only those whose schedules opt out of it as a whole"`
	Paging
}) (*answered[client.Page[client.EventVEN]], error) {
	listed := s.vtn.EventVENs
	if in.OptedOutBySchedule {
		listed = s.vtn.VENsOptedOutBySchedule
	}
	vens, next, err := listed(ctx, in.EventID, in.Cursor, in.Limit)
	if err != nil {
		return nil, s.refuse(ctx, err, eventNamed(in.EventID))
	}
	page := client.Page[client.EventVEN]{Items: []client.EventVEN{}, Next: next}
	for _, v := range vens {
		page.Items = append(page.Items, showEventVEN(v))
	}
	return &answered[client.Page[client.EventVEN]]{&page}, nil
}

func eventNamed(eventID string) string { return "event " + strconv.Quote(clip(eventID)) }

// eventOrVEN names which of the two it is that there is not.
func eventOrVEN(err error, eventID, venID string) string {
	if errors.Is(err, core.ErrNoVEN) {
		return venNamed(venID)
	}
	return eventNamed(eventID)
}
