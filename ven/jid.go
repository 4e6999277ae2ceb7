package ven

import (
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// asSent is a JID that a server sent, as it is: [jid.Parse] knows fewer names than
// servers authenticate.
func asSent(s string) (jid.JID, error) {
	a, err := address.Split(s)
	if err != nil {
		return jid.JID{}, err
	}
	return jid.NewUnsafe(a.Local, a.Domain, a.Resource).JID, nil
}

// asWritten is a JID that a person wrote, in the form in which servers know it.
func asWritten(s string) (jid.JID, error) {
	a, err := address.Normal(s)
	if err != nil {
		return jid.JID{}, err
	}
	return asSent(a.String())
}

// canonical is a JID in normal form, so that JIDs compare as text.
func canonical(s string) string {
	if j, err := asWritten(s); err == nil {
		return j.String()
	}
	return s
}
