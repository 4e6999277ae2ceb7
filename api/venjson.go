package api

import (
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// readVEN reads a VEN as an operator enters it.
func (h *venHandlers) readVEN(o *object) core.VEN {
	v := core.VEN{
		VENID:          o.text("venID"),
		Name:           o.text("venName"),
		Profile:        o.textOr("profile", oadr.Profile20b),
		PushURL:        o.text("pushURL"),
		PayloadRoot:    o.text("payloadRoot"),
		Stanza:         readStanza(o),
		Signatures:     core.SignatureMode(o.text("signatures")),
		Groups:         o.texts("groups"),
		Resources:      o.texts("resources"),
		Parties:        o.texts("parties"),
		MarketContexts: o.texts("marketContexts"),
	}
	for _, identity := range o.objects("identities") {
		identity.need("identity")
		id := core.Identity{Transport: identity.textOr("transport", oadr.TransportXMPP), Name: identity.text("identity")}
		if h.normalize != nil && id.Name != "" {
			normal, err := h.normalize(id)
			if err != nil {
				o.found.add(identity.field("identity"), "%s", err)
			}
			id = normal
		}
		v.Identities = append(v.Identities, id)
	}
	return v
}

// readStanza reads in what kind of stanza a VEN is pushed to. The words are those
// of the XMPP transport.
func readStanza(o *object) string {
	if o.text("stanza") == "" {
		return ""
	}
	return o.oneOf("stanza", "iq", "message", "body")
}

func showVENSpec(v *core.VEN) client.VENSpec {
	out := client.VENSpec{
		VENID:          v.VENID,
		VENName:        v.Name,
		Profile:        v.Profile,
		PushURL:        v.PushURL,
		PayloadRoot:    v.PayloadRoot,
		Stanza:         v.Stanza,
		Signatures:     string(v.Signatures),
		Identities:     []client.Identity{},
		Groups:         list(v.Groups),
		Resources:      list(v.Resources),
		Parties:        list(v.Parties),
		MarketContexts: list(v.MarketContexts),
	}
	for _, id := range v.Identities {
		out.Identities = append(out.Identities, client.Identity{Transport: id.Transport, Identity: id.Name})
	}
	return out
}

func (h *venHandlers) showVEN(v *core.VEN) client.VEN {
	out := client.VEN{
		VENSpec:       showVENSpec(v),
		CreatedAt:     v.CreatedAt.UTC(),
		Presence:      string(h.vtn.Presence(v)),
		LastSeen:      moment(v.Route.SeenAt),
		DeletedAt:     moment(v.DeletedAt),
		EventsLeftOut: v.LeftOut,
	}
	if r := v.Registration; r != nil {
		out.Registration = &client.Registration{
			RegistrationID: r.RegistrationID,
			Profile:        r.Profile,
			Transport:      r.Transport,
			Address:        r.Address,
			HTTPPull:       r.HTTPPull,
			ReportOnly:     r.ReportOnly,
			XMLSignature:   r.XMLSignature,
			RegisteredAt:   r.StartedAt.UTC(),
		}
	}
	if v.LastNotice != nil {
		last := showNotice(*v.LastNotice)
		out.LastNotice = &last
	}
	return out
}
