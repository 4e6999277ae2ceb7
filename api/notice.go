package api

import (
	"context"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (s *Server) cancelRegistration(ctx context.Context, in *venPath) (*answered[client.Notice], error) {
	return s.notify(ctx, in, s.vtn.CancelRegistration)
}

func (s *Server) requestReregistration(ctx context.Context, in *venPath) (*answered[client.Notice], error) {
	return s.notify(ctx, in, s.vtn.RequestReregistration)
}

func (s *Server) notify(ctx context.Context, in *venPath, do func(ctx context.Context, venID, by string) (*core.Notice, error)) (*answered[client.Notice], error) {
	n, err := do(ctx, in.VENID, by)
	if err != nil {
		return nil, s.refuse(ctx, err, venNamed(in.VENID))
	}
	out := showNotice(n)
	return &answered[client.Notice]{&out}, nil
}

func (s *Server) listNotices(ctx context.Context, in *struct {
	VENID  string `path:"venID"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string `query:"cursor" doc:"next of the part before" maxLength:"1000"`
}) (*answered[client.Page[client.Notice]], error) {
	before, err := number(in.Cursor)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	notices, next, err := s.vtn.Notices(ctx, in.VENID, before, in.Limit)
	if err != nil {
		return nil, s.refuse(ctx, err, venNamed(in.VENID))
	}
	page := client.Page[client.Notice]{Items: []client.Notice{}}
	for i := range notices {
		page.Items = append(page.Items, showNotice(&notices[i]))
	}
	if next != 0 {
		page.Next = strconv.FormatInt(next, 10)
	}
	return &answered[client.Page[client.Notice]]{&page}, nil
}

func showNotice(n *core.Notice) client.Notice {
	return client.Notice{
		Kind:           string(n.Kind),
		RegistrationID: n.RegistrationID,
		RequestID:      n.Token().String(),
		Outcome:        string(n.Outcome),
		CreatedAt:      n.CreatedAt.UTC(),
		CreatedBy:      n.By,
		ToldAt:         moment(n.ToldAt),
		EndedAt:        moment(n.EndedAt),
		ResponseCode:   n.Code,
		Error:          n.Error,
	}
}
