package signature

import (
	"bytes"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Codec reads and writes payloads within limits. It verifies the signatures of those that
// have one, and signs those whose form says so.
type Codec struct {
	Limits oadr.Limits
	Signer *Signer // nil: nothing is signed
	// Rewritten says that a server may have taken prefixes from the elements of what is
	// read, as XMPP servers do.
	Rewritten bool
}

// Decode is [oadr.Decode]. Of a payload with a signature that holds, it decodes the bytes
// that were signed and sets [oadr.Payload.Signature]; else [oadr.Payload.BadSignature] says
// why it does not hold.
func (c Codec) Decode(raw []byte) (*oadr.Payload, error) {
	p, err := oadr.Decode(raw, c.Limits)
	if err != nil || !bytes.Contains(raw, []byte("SignatureValue")) {
		return p, err
	}
	doc, err := parse(raw, c.Limits)
	if err != nil {
		p.BadSignature = err
		return p, nil
	}
	if !holdsSignature(doc.Root()) {
		return p, nil
	}
	verified, err := c.verified(p.Form, doc)
	if err != nil {
		p.BadSignature = err
		return p, nil
	}
	return verified, nil
}

// verified verifies the signature of a payload and decodes what it holds for.
func (c Codec) verified(f oadr.Form, doc *etree.Document) (*oadr.Payload, error) {
	if f.Root != oadr.RootPayload {
		return nil, refuse("the payload is no oadrPayload, and only that may be signed (rule S6)")
	}
	s, err := check(doc, c.Rewritten)
	if err != nil {
		return nil, err
	}
	p, err := oadr.Decode(s.payload, oadr.Limits{Size: len(s.payload), Depth: c.Limits.Depth})
	if err != nil {
		return nil, refuse("what was signed is no payload: %v", err)
	}
	p.Form = f
	p.Form.Signed = true
	p.Signature = &s.signature
	return p, nil
}

// holdsSignature reports whether something that could be taken for a ds:Signature stands in
// an element: its namespace is not looked for, since there may be thousands.
func holdsSignature(e *etree.Element) bool {
	if e.Tag == "Signature" {
		return true
	}
	for _, t := range e.Child {
		if child, ok := t.(*etree.Element); ok && holdsSignature(child) {
			return true
		}
	}
	return false
}

// Append is [oadr.Append]. Where the form says so, and there is a signer, it signs the
// payload, which is then an oadrPayload.
func (c Codec) Append(dst []byte, f oadr.Form, m oadr.Message) []byte {
	if !f.Signed || c.Signer == nil || f.Profile == oadr.ProfileA {
		return oadr.Append(dst, f, m)
	}
	return c.Signer.Append(dst, m)
}

// Room returns how many bytes more a signed payload has at most.
func (c Codec) Room() int {
	if c.Signer == nil {
		return 0
	}
	return c.Signer.with.Load().room
}
