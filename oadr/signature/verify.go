package signature

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// signed is what a signature holds for.
type signed struct {
	payload   []byte // canonical form of the oadrSignedObject, or of the oadrPayload without the signature
	signature oadr.Signature
}

// check verifies the one signature of a document. rewritten says that a server may have
// taken away prefixes: what does not hold as it stands is tried with the prefixes that are
// still declared.
func check(doc *etree.Document, rewritten bool) (*signed, error) {
	p, err := split(doc)
	if err != nil {
		return nil, err
	}
	tries := []rendering{{}}
	if rewritten {
		// Java's JAXB writes the signature without prefix, and declares that on the document's element. Others write
		// OpenADR's elements without prefix, and need one for oadr:Id alone.
		tries = append(tries, rendering{restored: true}, rendering{restored: true, outer: oadr.NSds}, rendering{restored: true, plain: oadr.NS})
	}
	if err := p.checkValue(tries); err != nil {
		return nil, err
	}
	s := new(signed)
	var replay []byte
	for _, r := range p.references {
		payload, target, err := p.resolve(r)
		if err != nil {
			return nil, err
		}
		to := &replay
		if payload {
			to = &s.payload
		}
		if *to != nil {
			return nil, refuse("both its References are to the same part (rule S1)")
		}
		if *to, err = p.digested(r, target, tries); err != nil {
			return nil, err
		}
	}
	s.signature.Fingerprint = fingerprint.Of(p.cert.Raw)
	if err := readReplay(replay, &s.signature); err != nil {
		return nil, err
	}
	if at := s.signature.Timestamp; at.Before(p.cert.NotBefore) || at.After(p.cert.NotAfter) {
		return nil, refuse("its certificate is valid from %s to %s, not at its timestamp %s", stamp(p.cert.NotBefore), stamp(p.cert.NotAfter), stamp(at))
	}
	return s, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// checkValue verifies the signature's value over SignedInfo.
func (p *parts) checkValue(tries []rendering) (err error) {
	for _, form := range tries {
		form.comments = p.method == algC14NComments
		info := canonical(p.doc, p.info, form)
		if err = verify(p.cert, p.algorithm, info, p.value); err == nil {
			return nil
		}
	}
	return err
}

// resolve finds what a reference is to: the payload or the ReplayProtect property. A nil
// element stands for the document.
func (p *parts) resolve(r reference) (payload bool, target *etree.Element, err error) {
	if r.uri == "" {
		if !r.enveloped {
			return false, nil, refuse("a Reference to the whole document needs the transform enveloped-signature (rule S7)")
		}
		return true, nil, nil
	}
	id, ok := strings.CutPrefix(r.uri, "#")
	if !ok || id == "" || r.enveloped {
		return false, nil, refuse("the Reference %.100q is not one of #ID, or of \"\" with enveloped-signature (rule S7)", r.uri)
	}
	var named []*etree.Element
	withID(&p.doc.Element, id, &named)
	switch {
	case len(named) != 1:
		return false, nil, refuse("the Reference %.100q is to %d elements", r.uri, len(named))
	case named[0] == p.object:
		return true, p.object, nil
	}
	for e := named[0]; e != nil; e = e.Parent() {
		if e == p.holder {
			return false, named[0], nil
		}
	}
	return false, nil, refuse("the Reference %.100q is neither to the oadrSignedObject nor to the ReplayProtect of this signature (rule S11)", r.uri)
}

// withID finds the elements with an attribute Id of this value, in any namespace and
// spelling (rule S9).
func withID(e *etree.Element, id string, named *[]*etree.Element) {
	for i := range e.Attr {
		if a := &e.Attr[i]; strings.EqualFold(a.Key, "id") && a.Space != "xmlns" && a.Value == id {
			*named = append(*named, e)
			break
		}
	}
	for _, t := range e.Child {
		if child, ok := t.(*etree.Element); ok {
			withID(child, id, named)
		}
	}
}

// digested returns the canonical form of a reference's target, if that is what was signed.
func (p *parts) digested(r reference, target *etree.Element, tries []rendering) ([]byte, error) {
	for _, form := range tries {
		if r.enveloped {
			form.without = p.signature
		}
		b := canonical(p.doc, target, form)
		if sum := sha256.Sum256(b); subtle.ConstantTimeCompare(sum[:], r.digest) == 1 {
			return b, nil
		}
	}
	return nil, refuse("what the Reference %.100q is to has another digest: it was altered on the way", r.uri)
}

// readReplay reads the ReplayProtect from the bytes that were signed.
func readReplay(raw []byte, into *oadr.Signature) error {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(bytes.Clone(raw)); err != nil {
		return refuse("its ReplayProtect cannot be read: %v", err)
	}
	var found []*etree.Element
	var search func(e *etree.Element)
	search = func(e *etree.Element) {
		if e.Tag == "ReplayProtect" { // of whatever namespace: there may be thousands
			found = append(found, e)
		}
		for _, child := range e.ChildElements() {
			search(child)
		}
	}
	search(doc.Root())
	if len(found) != 1 || !is(found[0], nsReplay, "ReplayProtect") {
		return refuse("it holds %d ReplayProtect, one of the profile's namespace is needed (rule S6)", len(found))
	}
	all, err := children(found[0], 2)
	if err != nil {
		return err
	}
	if len(all) != 2 || !is(all[0], nsReplay, "timestamp") || !is(all[1], nsReplay, "nonce") {
		return refuse("its ReplayProtect does not hold timestamp and nonce (rule S6)")
	}
	at, err := text(all[0])
	if err != nil {
		return err
	}
	if into.Timestamp, err = oadr.ParseTime(strings.TrimSpace(at)); err != nil {
		return refuse("its timestamp %v", err)
	}
	if into.Nonce, err = text(all[1]); err != nil {
		return err
	}
	into.Nonce = strings.TrimSpace(into.Nonce)
	if into.Nonce == "" || len(into.Nonce) > 1024 {
		return refuse("its nonce has %d bytes, 1 to 1024 are allowed", len(into.Nonce))
	}
	return nil
}
