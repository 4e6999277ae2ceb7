package core

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// enrol makes the registration of a VEN that was entered for 2.0a, changes it as its entry
// changed, or ends it: 2.0a has no registration but the operator's entry (rule A4). From
// then on delivery treats the VEN as any other.
func (d *Directory) enrol(tx Tx, ven *VEN, rev int64, now time.Time) error {
	wanted, had := d.enrolment(ven, now), ven.Registration
	switch {
	case wanted == nil && !ven.speaks(oadr.Profile20a):
		return nil
	case wanted != nil && ven.speaks(oadr.Profile20a):
		wanted.RegistrationID, wanted.StartedAt = had.RegistrationID, had.StartedAt
		if ven.PushURL == "" && slices.Contains(ven.Identities, Identity{wanted.Transport, had.Address}) {
			wanted.Address = had.Address // another name beside it changes nothing
		}
		if *wanted == *had {
			return nil
		}
	case had != nil: // it spoke another profile
		if err := endRegistration(tx, ven, "api", rev, now); err != nil {
			return err
		}
		if err := d.opts.endOpts(tx, ven, now); err != nil {
			return err
		}
		ven.Registration = nil
	}
	if wanted == nil {
		return nil
	}
	if err := tx.Register(ven.No, wanted); err != nil {
		return err
	}
	wanted.note(tx, ven, now)
	ven.Registration = wanted
	if err := d.reroute(tx, ven, Peer{Transport: wanted.Transport}, oadr.Form{Root: oadr.RootMessage}, now); err != nil {
		return err
	}
	if err := noticesOfNew(tx, ven, now); err != nil {
		return err
	}
	if _, requests := d.transports[wanted.Transport].(Requesting); requests {
		return openEvents(tx, ven, rev, now)
	}
	return tx.OpenOutbox(ven.No, rev, OutboxParked, now) // until the VEN appears (rule A5)
}

// enrolment returns the registration that the entry of a VEN makes; nil means none.
func (d *Directory) enrolment(ven *VEN, now time.Time) *Registration {
	if ven.Profile != oadr.Profile20a || len(ven.Identities) == 0 {
		return nil
	}
	id := ven.Identities[0] // all are of one transport
	_, requests := d.transports[id.Transport].(Requesting)
	return &Registration{
		RegistrationID: newID("reg-", 16),
		Profile:        oadr.Profile20a,
		Transport:      id.Transport,
		Address:        cmp.Or(ven.PushURL, id.Name),
		HTTPPull:       requests && ven.PushURL == "",
		StartedAt:      now,
	}
}

// checkProfile finds what of a VEN does not fit its profile.
func checkProfile(v *VEN, bad func(field, reason string)) {
	switch v.Profile {
	case oadr.Profile20b:
		if v.PushURL != "" {
			bad("pushURL", "is for VENs of 2.0a; one of 2.0b registers its address")
		}
		return
	case oadr.Profile20a:
	default:
		bad("profile", fmt.Sprintf("%q is not offered; use %s or %s", v.Profile, oadr.Profile20b, oadr.Profile20a))
		return
	}
	if v.PayloadRoot != "" && v.PayloadRoot != (oadr.Form{Root: oadr.RootMessage}).String() {
		bad("payloadRoot", "does not fit 2.0a, whose payloads are bare; leave it out")
	}
	for i, id := range v.Identities {
		if id.Transport != v.Identities[0].Transport {
			bad(fmt.Sprintf("identities[%d].transport", i), "a VEN of 2.0a has one transport; enter another VEN for the other")
		}
	}
	if v.PushURL == "" {
		return
	}
	if u, err := url.Parse(v.PushURL); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(v.PushURL) > maxAddress {
		bad("pushURL", "must be a URL such as https://ven.example.org:8443/, without user, query or fragment")
	}
	if len(v.Identities) == 0 {
		bad("pushURL", "needs an identity: only a host that shows the certificate of that name is told anything")
	}
}

// checkPush refuses an address to push to of a VEN whose transport has none.
func (d *Directory) checkPush(v *VEN) error {
	if v.PushURL == "" || len(v.Identities) == 0 {
		return nil
	}
	name := v.Identities[0].Transport
	t := d.transports[name]
	if _, requests := t.(Requesting); t == nil || requests {
		return nil
	}
	return &InvalidError{[]Problem{{Field: "pushURL", Reason: fmt.Sprintf("does not fit the identity, which is on %s; enter one on the transport that pushes to a URL", name)}}}
}

// enrolled looks for a VEN whose entry is its registration: it may be online already. What
// waits for a VEN without connections is due.
func (d *Directory) enrolled(ven *VEN) {
	if !ven.speaks(oadr.Profile20a) {
		return
	}
	for _, id := range ven.Identities {
		switch t := d.transports[id.Transport]; t.(type) {
		case nil:
		case Requesting:
			d.delivery.turned(ven)
			d.delivery.back(ven.No)
		default:
			d.delivery.lookFor(search{id.Transport, id.Name})
		}
	}
}
