package ven

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Codec reads and writes payloads. Those of package oadr leave signatures unread and
// write none; those of oadr/signature verify and sign.
type Codec interface {
	Decode(raw []byte) (*oadr.Payload, error)
	Append(dst []byte, f oadr.Form, m oadr.Message) []byte
}

// errNotSigned refuses a payload that has no signature of the VTN (rule S11).
var errNotSigned = errors.New("the payload is not signed by the VTN")

// encode writes a message as the VEN writes it.
func (n *node) encode(m oadr.Message) []byte { return n.cfg.Codec.Append(nil, n.cfg.Form, m) }

// encodeAnswer writes the answer to a request that had a form: it is signed if the
// request was (rule S12).
func (n *node) encodeAnswer(m oadr.Message, request oadr.Form) []byte {
	f := n.cfg.Form
	f.Signed = f.Signed || request.Signed
	return n.cfg.Codec.Append(nil, f, m)
}

// decode reads a payload of the VTN, and tells the VEN's program of it.
func (n *node) decode(raw []byte) (*oadr.Payload, error) {
	if n.cfg.OnPayload != nil {
		n.cfg.OnPayload(raw)
	}
	p, err := n.cfg.Codec.Decode(raw)
	switch {
	case err != nil:
		return nil, err
	case p.BadSignature != nil:
		return nil, fmt.Errorf("%w: %w", errNotSigned, p.BadSignature)
	case !n.signedByVTN(p):
		return nil, errNotSigned
	}
	return p, nil
}

// signedByVTN reports whether a payload has the signature that the VEN demands: one that
// signs, and knows the VTN's certificates, takes nothing without.
func (n *node) signedByVTN(p *oadr.Payload) bool {
	if p.Signature == nil {
		return !n.cfg.Form.Signed || len(n.cfg.VTNFingerprints) == 0
	}
	return len(n.cfg.VTNFingerprints) == 0 || slices.Contains(n.cfg.VTNFingerprints, p.Signature.Fingerprint)
}
