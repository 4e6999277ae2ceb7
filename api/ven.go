package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// VENs is what the API needs of a [VTN] for the VENs that operators enter.
type VENs interface {
	AddVEN(ctx context.Context, v core.VEN) (*core.VEN, error)
	ModifyVEN(ctx context.Context, venID string, change func(*core.VEN) error) (*core.VEN, error)
	DeleteVEN(ctx context.Context, venID, by string) (*core.Deletion, error)
	VEN(ctx context.Context, venID string) (*core.VEN, error)
	VENs(ctx context.Context, f core.VENFilter, after string, limit int) (vens []*core.VEN, next string, err error)
	Presence(v *core.VEN) core.Presence
}

type venHandlers struct {
	vtn       VENs
	normalize func(core.Identity) (core.Identity, error) // see [Config]
}

func (h *venHandlers) register(api huma.API) {
	add(api, operation("addVEN", http.MethodPost, "/vens", "Enter a VEN"), bodyOf[client.VENSpec](api), h.addVEN)
	add(api, operation("listVENs", http.MethodGet, "/vens", "List VENs by venID"), nil, h.listVENs)
	add(api, operation("getVEN", http.MethodGet, "/vens/{venID}", "Show a VEN"), nil, h.getVEN)
	add(api, operation("patchVEN", http.MethodPatch, "/vens/{venID}", "Change a VEN"), patchOf[client.VENSpec](api), h.patchVEN)
	remove := operation("deleteVEN", http.MethodDelete, "/vens/{venID}", "Delete a VEN; its history is kept")
	remove.Description = "If the VEN is registered, its registration is cancelled, and that is pushed to the VEN until it answers. You can read the VEN by its venID for as long as anything of it is kept, " +
		"and lists have it if you ask for deleted VENs. Its accounts and its venID can be entered again: the deleted VEN is then called \"VENID (deleted NUMBER)\"."
	add(api, remove, nil, h.deleteVEN)
}

type venPath struct {
	VENID string `path:"venID"`
}

func (h *venHandlers) addVEN(ctx context.Context, in *document) (*located[client.VEN], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	v, err := parse(members, h.readVEN)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	stored, err := h.vtn.AddVEN(ctx, v)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	out := h.showVEN(stored)
	return &located[client.VEN]{prefix + "/vens/" + url.PathEscape(stored.VENID), &out}, nil
}

func (h *venHandlers) listVENs(ctx context.Context, in *struct {
	Deleted bool `query:"deleted" doc:"VENs that are deleted, too"`
	Paging
}) (*answered[client.Page[client.VEN]], error) {
	vens, next, err := h.vtn.VENs(ctx, core.VENFilter{Deleted: in.Deleted}, in.Cursor, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answerPage(vens, next, h.showVEN), nil
}

func (h *venHandlers) getVEN(ctx context.Context, in *venPath) (*answered[client.VEN], error) {
	v, err := h.vtn.VEN(ctx, in.VENID)
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	return answer(h.showVEN(v)), nil
}

func (h *venHandlers) patchVEN(ctx context.Context, in *struct {
	VENID   string `path:"venID"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.VEN], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	v, err := h.vtn.ModifyVEN(ctx, in.VENID, func(v *core.VEN) error {
		members, err := patched(showVENSpec(v), changes)
		if err != nil {
			return err
		}
		stated, err := parse(members, h.readVEN)
		if err != nil {
			return err
		}
		v.VENID, v.Name, v.Profile, v.Identities = stated.VENID, stated.Name, stated.Profile, stated.Identities
		v.PushURL, v.PayloadRoot, v.Stanza, v.Signatures = stated.PushURL, stated.PayloadRoot, stated.Stanza, stated.Signatures
		v.Groups, v.Resources, v.Parties, v.MarketContexts = stated.Groups, stated.Resources, stated.Parties, stated.MarketContexts
		return nil
	})
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	out := h.showVEN(v)
	if v.Identified && len(v.Identities) == 0 {
		out.Warnings = []client.Wrong{{Field: "identities", Rule: "N4", Message: "none is left: nobody can be this VEN, and nothing is sent to it, until you give it one"}}
	}
	return answer(out), nil
}

func (h *venHandlers) deleteVEN(ctx context.Context, in *venPath) (*answered[client.VENDeleted], error) {
	d, err := h.vtn.DeleteVEN(ctx, in.VENID, by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	out := client.VENDeleted{
		VENID:     d.VENID,
		DeletedAt: d.DeletedAt.UTC(),
		Kept:      client.VENKept(d.Kept),
		KeptFor:   oadr.FormatDuration(d.KeptFor),
	}
	if d.Notice != nil {
		notice := showNotice(*d.Notice)
		out.Notice = &notice
	}
	return answer(out), nil
}

func venNamed(venID string) string { return "VEN " + strconv.Quote(excerpt.Of(venID)) }
