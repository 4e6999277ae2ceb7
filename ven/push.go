package ven

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// pushed takes a push: the whole set of events that concern this VEN (E1).
func (v *VEN) pushed(w Responder, r Request, m *oadr.DistributeEvent) {
	if held, ok := v.Registration(); ok && m.VTNID != held.VTNID {
		v.respond(w, m, oadr.CodeInvalidID, "vtnID is not the registration's")
		return
	}
	news := v.events.take(m, r.Received, true)
	v.decide(news.fresh)
	v.respond(w, m, oadr.CodeOK, "OK")
	v.tell(news)
}
