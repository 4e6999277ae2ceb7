package ven

import (
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// asSent reads a JID that a server sent and changes nothing in it. [jid.Parse] would
// refuse some names that servers authenticate.
func asSent(s string) (jid.JID, error) {
	a, err := address.Split(s)
	if err != nil {
		return jid.JID{}, err
	}
	return jid.NewUnsafe(a.Local, a.Domain, a.Resource).JID, nil
}

// asWritten reads a JID that a person wrote, and returns it in the form that servers
// use.
func asWritten(s string) (jid.JID, error) {
	a, err := address.Normal(s)
	if err != nil {
		return jid.JID{}, err
	}
	return asSent(a.String())
}

// canonical returns a JID in normal form, so that JIDs compare as text.
func canonical(s string) string {
	if j, err := asWritten(s); err == nil {
		return j.String()
	}
	return s
}
