package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ErrNotSigned refuses a message because of its signature: it has none and needs one, or
// the one that it has does not hold, is not the sender's, is old or was seen before (rules
// S1, S3, S4, S5, S11).
var ErrNotSigned = errors.New("not signed as it has to be")

// SignatureMode says what signatures of payloads count for.
type SignatureMode string

// Signature modes. The empty mode of a VEN is the VTN's.
const (
	// SignaturesOff: nobody looks at signatures, and nothing is signed.
	SignaturesOff SignatureMode = "off"
	// SignaturesAsked: a VEN that registers with oadrXmlSignature signs and is signed to
	// (rule N14). Others may sign.
	SignaturesAsked SignatureMode = "asked"
	// SignaturesRequired: all messages have to be signed, and pushes are.
	SignaturesRequired SignatureMode = "required"
)

// Check fails if the mode is none. The empty mode is one.
func (m SignatureMode) Check() error {
	switch m {
	case "", SignaturesOff, SignaturesAsked, SignaturesRequired:
		return nil
	}
	return fmt.Errorf("%q is none of %s, %s, %s", excerpt.Of(string(m)), SignaturesOff, SignaturesAsked, SignaturesRequired)
}

// SigningEncoder is an [Encoder] that signs.
type SigningEncoder interface {
	Encoder
	// Room returns how many bytes more a payload has with a signature, at most. It is 0 if
	// nothing can be signed.
	Room() int
}

// signing returns how many bytes a signature takes; 0 if this VTN cannot sign.
func (c *common) signing() int {
	if e, ok := c.cfg.Encoder.(SigningEncoder); ok {
		return e.Room()
	}
	return 0
}

// append writes a payload, signed if the form says so.
func (c *common) append(dst []byte, f oadr.Form, m oadr.Message) []byte {
	if c.cfg.Encoder == nil {
		return oadr.Append(dst, f, m)
	}
	return c.cfg.Encoder.Append(dst, f, m)
}

// signatureMode returns the mode for a VEN that has this mode of its own.
func (c *common) signatureMode(own SignatureMode) SignatureMode {
	if own != "" {
		return own
	}
	return c.cfg.Signatures
}

// signs reports whether messages from and to a VEN are to be signed. asked says that it
// registered so.
func (c *common) signs(own SignatureMode, asked bool) bool {
	switch c.signatureMode(own) {
	case SignaturesRequired:
		return true
	case SignaturesAsked:
		return asked
	}
	return false
}

// signsTo reports whether what is pushed to a claim's VEN is signed, and its answer has to
// be (rule S12). 2.0a has no signatures (rule A1).
func (c *common) signsTo(to Claim) bool {
	return to.form().Profile != oadr.ProfileA && c.signs(to.Signatures, to.XMLSignature)
}

// unsignable returns the outcome of what a claim's VEN is not told, since it has to be signed
// and this VTN has nothing to sign with any more, see [common.canSign].
func (c *common) unsignable(to Claim) (o Outcome, is bool) {
	if !c.signsTo(to) || c.signing() > 0 {
		return o, false
	}
	return Outcome{Result: Retry, Error: "not sent: it has to be signed; set VTN_SIGN_CERT_FILE and VTN_SIGN_KEY_FILE, and start the VTN again"}, true
}

// certificates is the transport whose identities are the fingerprints of certificates. They
// say which certificates a VEN may sign with, over all transports (rules S4, S11).
const certificates = oadr.TransportSimpleHTTP

// signatures decides whether the signature of a message, or that it has none, is in order.
type signatures struct {
	*common
	nonces *nonces
}

func newSignatures(c *common) *signatures {
	return &signatures{common: c, nonces: newNonces(c.clock)}
}

// checkedKey marks a context whose message was checked.
type checkedKey struct{}

// checked returns a context of a message that was checked.
func checked(ctx context.Context) context.Context { return context.WithValue(ctx, checkedKey{}, true) }

// signed reports whether the sender of a message meant to sign it.
func signed(p *oadr.Payload) bool { return p.Signature != nil || p.BadSignature != nil }

// sender finds the VEN that a peer is to its message, nil for none, and checks the
// signature of that. The error is [ErrNotSigned] if it is not in order.
func (s *signatures) sender(ctx context.Context, from Peer, p *oadr.Payload) (*VEN, error) {
	id := Identity{from.Transport, from.Identity}
	ids := []Identity{id}
	signer := Identity{certificates, ""}
	if p.Signature != nil {
		signer.Name = p.Signature.Fingerprint
		ids = append(ids, signer)
	}
	var vens map[Identity]*VEN
	err := s.reg.View(ctx, func(r Reader) (err error) {
		vens, err = r.Senders(ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	ven := vens[id]
	if p.Form.Profile != oadr.ProfileA {
		ven.in20b()
	}
	if ctx.Value(checkedKey{}) != nil {
		return ven, nil
	}
	signers := id == signer || ven != nil && vens[signer] != nil && vens[signer].No == ven.No
	return ven, s.check(ven, signers, p)
}

// check checks the signature of a message from a VEN, nil for a stranger. signers says that
// the certificate is the sender's. Where nobody looks at signatures, it takes the signature
// away, so that the answer has none either.
func (s *signatures) check(ven *VEN, signers bool, p *oadr.Payload) error {
	var own SignatureMode
	asked := false
	if ven != nil {
		own, asked = ven.Signatures, ven.Registration != nil && ven.Registration.XMLSignature
	}
	switch mode := s.signatureMode(own); {
	case p.Form.Profile == oadr.ProfileA: // rule A1
		return nil
	case mode != SignaturesAsked && mode != SignaturesRequired:
		p.Signature, p.BadSignature, p.Form.Signed = nil, nil, false
		return nil
	case p.BadSignature != nil:
		return fmt.Errorf("%w: %s", ErrNotSigned, excerpt.Of(p.BadSignature.Error()))
	case p.Signature != nil:
		return s.authentic(p.Signature, signers)
	case s.signs(own, asked):
		return fmt.Errorf("%w: a signature is needed", ErrNotSigned)
	}
	return nil
}

// maxSignatureAge is how far a timestamp may be from now, before or after (rules S3, S10).
const maxSignatureAge = 5 * time.Minute

// authentic checks whose a signature is and when it was made.
func (s *signatures) authentic(of *oadr.Signature, signers bool) error {
	now := s.clock.Now()
	switch age := now.Sub(of.Timestamp); {
	case !signers: // S4, S11
		return fmt.Errorf("%w: the certificate %s is not one of the sender; the operator has to enter that fingerprint for this VEN", ErrNotSigned, of.Fingerprint)
	case age > maxSignatureAge:
		return fmt.Errorf("%w: the timestamp %s is older than %s; set the clock, and sign anew what is sent again", ErrNotSigned, oadr.FormatTime(of.Timestamp), maxSignatureAge)
	case age < -maxSignatureAge:
		return fmt.Errorf("%w: the timestamp %s is more than %s ahead; set the clock", ErrNotSigned, oadr.FormatTime(of.Timestamp), maxSignatureAge)
	case !s.nonces.first(of, now):
		return fmt.Errorf("%w: the nonce was seen before, or is too old to tell; sign anew what is sent again", ErrNotSigned)
	}
	return nil
}

// canSign refuses a mode of a VEN that this VTN has no certificate for.
func (c *common) canSign(v *VEN) error {
	if v.Signatures == "" || v.Signatures == SignaturesOff || c.signing() > 0 {
		return nil
	}
	return &InvalidError{[]Problem{{Field: "signatures", Reason: "needs a certificate that this VTN signs with: set VTN_SIGN_CERT_FILE and VTN_SIGN_KEY_FILE, and start it again"}}}
}
