package api

import (
	"context"
	"net/url"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

type venPath struct {
	VENID string `path:"venID"`
}

func (s *Server) addVEN(ctx context.Context, in *document) (*located[client.VEN], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	v, err := parse(members, s.readVEN)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	stored, err := s.vtn.AddVEN(ctx, v)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	out := s.showVEN(stored)
	return &located[client.VEN]{prefix + "/vens/" + url.PathEscape(stored.VENID), &out}, nil
}

func (s *Server) listVENs(ctx context.Context, in *struct {
	Deleted bool `query:"deleted" doc:"Those deleted, too"`
	Paging
}) (*answered[client.Page[client.VEN]], error) {
	vens, next, err := s.vtn.VENs(ctx, in.Deleted, in.Cursor, in.Limit)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	page := client.Page[client.VEN]{Items: []client.VEN{}, Next: next}
	for _, v := range vens {
		page.Items = append(page.Items, s.showVEN(v))
	}
	return &answered[client.Page[client.VEN]]{&page}, nil
}

func (s *Server) getVEN(ctx context.Context, in *venPath) (*answered[client.VEN], error) {
	v, err := s.vtn.VEN(ctx, in.VENID)
	if err != nil {
		return nil, s.refuse(ctx, err, venNamed(in.VENID))
	}
	out := s.showVEN(v)
	return &answered[client.VEN]{&out}, nil
}

func (s *Server) patchVEN(ctx context.Context, in *struct {
	VENID   string `path:"venID"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.VEN], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	v, err := s.vtn.ModifyVEN(ctx, in.VENID, func(v *core.VEN) error {
		members, err := patched(showVENSpec(v), changes)
		if err != nil {
			return err
		}
		stated, err := parse(members, s.readVEN)
		if err != nil {
			return err
		}
		v.VENID, v.Name, v.Profile, v.Identities = stated.VENID, stated.Name, stated.Profile, stated.Identities
		v.PayloadRoot, v.Stanza = stated.PayloadRoot, stated.Stanza
		v.Groups, v.Resources, v.Parties, v.MarketContexts = stated.Groups, stated.Resources, stated.Parties, stated.MarketContexts
		return nil
	})
	if err != nil {
		return nil, s.refuse(ctx, err, venNamed(in.VENID))
	}
	out := s.showVEN(v)
	if v.Identified && len(v.Identities) == 0 {
		out.Warnings = []client.Wrong{{Field: "identities", Rule: "N4", Message: "none is left: nobody can be this VEN, and it is told nothing, until you give it one"}}
	}
	return &answered[client.VEN]{&out}, nil
}

func (s *Server) deleteVEN(ctx context.Context, in *venPath) (*answered[client.VENDeleted], error) {
	d, err := s.vtn.DeleteVEN(ctx, in.VENID, by)
	if err != nil {
		return nil, s.refuse(ctx, err, venNamed(in.VENID))
	}
	out := client.VENDeleted{
		VENID:     d.VENID,
		DeletedAt: d.DeletedAt.UTC(),
		Kept:      client.VENKept(d.Kept),
		KeptFor:   oadr.FormatDuration(d.KeptFor),
	}
	if d.Notice != nil {
		told := showNotice(d.Notice)
		out.Notice = &told
	}
	return &answered[client.VENDeleted]{&out}, nil
}

func venNamed(venID string) string { return "VEN " + strconv.Quote(clip(venID)) }
