package signature

import (
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Bounds of what a signature may hold.
const (
	maxDeclarations = 64 // namespace declarations in scope
	maxTransforms   = 2  // of a reference: enveloped and canonicalisation
	maxCertificates = 8  // of KeyInfo; the first signs
	maxText         = 16 << 10
)

// parts are what a signed payload consists of, by its structure (rules S6, S11).
type parts struct {
	doc        *etree.Document
	signature  *etree.Element
	object     *etree.Element // the oadrSignedObject
	info       *etree.Element // SignedInfo
	method     string         // that SignedInfo is canonicalised with
	algorithm  string
	references []reference
	value      []byte
	cert       *x509.Certificate
	holder     *etree.Element // of the ReplayProtect: it, or an element around it, that a reference names
}

// reference is a ds:Reference.
type reference struct {
	uri       string
	enveloped bool
	digest    []byte
}

// split finds the parts of a signed payload, and refuses one of any other structure.
func split(doc *etree.Document) (*parts, error) {
	p := &parts{doc: doc}
	root := doc.Root()
	all, err := children(root, 2)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		switch {
		case is(e, oadr.NSds, "Signature") && p.signature == nil:
			p.signature = e
		case is(e, oadr.NS, "oadrSignedObject") && p.object == nil:
			p.object = e
		default:
			return nil, refuse("%.100s stands in the payload; one Signature and one oadrSignedObject may", e.Tag)
		}
	}
	if p.signature == nil || p.object == nil {
		return nil, refuse("a Signature and an oadrSignedObject are needed as children of oadrPayload")
	}
	if err := p.unambiguous(root, 0); err != nil {
		return nil, err
	}
	return p, p.read()
}

// unambiguous refuses what somebody could take for the signature or the signed object, or
// that has too many namespaces. declared counts the declarations around e.
func (p *parts) unambiguous(e *etree.Element, declared int) error {
	for i := range e.Attr {
		if _, ok := declares(&e.Attr[i]); ok {
			declared++
		}
	}
	if declared > maxDeclarations {
		return refuse("over %d namespace declarations are in scope", maxDeclarations)
	}
	for _, t := range e.Child {
		child, ok := t.(*etree.Element)
		if !ok {
			continue
		}
		if (child.Tag == "Signature" || child.Tag == "oadrSignedObject") && child != p.signature && child != p.object {
			return refuse("another %s stands inside the payload", child.Tag)
		}
		if err := p.unambiguous(child, declared); err != nil {
			return err
		}
	}
	return nil
}

// read reads the signature.
func (p *parts) read() error {
	all, err := children(p.signature, 4)
	if err != nil {
		return err
	}
	if len(all) != 4 || !is(all[0], oadr.NSds, "SignedInfo") || !is(all[1], oadr.NSds, "SignatureValue") ||
		!is(all[2], oadr.NSds, "KeyInfo") || !is(all[3], oadr.NSds, "Object") {
		return refuse("it does not hold SignedInfo, SignatureValue, KeyInfo and Object (rule S6)")
	}
	p.info = all[0]
	if err := p.signedInfo(); err != nil {
		return err
	}
	if p.value, err = binary(all[1]); err != nil {
		return err
	}
	p.holder = all[3]
	return p.keyInfo(all[2])
}

// signedInfo reads SignedInfo.
func (p *parts) signedInfo() error {
	all, err := children(p.info, 4)
	if err != nil {
		return err
	}
	if len(all) != 4 || !is(all[0], oadr.NSds, "CanonicalizationMethod") || !is(all[1], oadr.NSds, "SignatureMethod") {
		return refuse("its SignedInfo does not hold CanonicalizationMethod, SignatureMethod and two References (rule S6)")
	}
	p.method = algorithm(all[0])
	if p.method != algC14N && p.method != algC14NComments {
		return refuse("its canonicalisation %.100q is not inclusive Canonical XML 1.0 (rule S8)", p.method)
	}
	p.algorithm = algorithm(all[1])
	for _, e := range all[:2] {
		if len(e.ChildElements()) > 0 {
			return refuse("its %s has parameters", e.Tag)
		}
	}
	for _, e := range all[2:] {
		if !is(e, oadr.NSds, "Reference") {
			return refuse("its SignedInfo holds %.100s", e.Tag)
		}
		r, err := readReference(e)
		if err != nil {
			return err
		}
		p.references = append(p.references, r)
	}
	return nil
}

// readReference reads a Reference.
func readReference(e *etree.Element) (r reference, err error) {
	all, err := children(e, 3)
	if err != nil {
		return r, err
	}
	var ok bool
	if r.uri, ok = plain(e, "URI"); !ok {
		return r, refuse("a Reference has no URI")
	}
	if len(all) > 0 && is(all[0], oadr.NSds, "Transforms") {
		if r.enveloped, err = transforms(all[0]); err != nil {
			return r, err
		}
		all = all[1:]
	}
	if len(all) != 2 || !is(all[0], oadr.NSds, "DigestMethod") || !is(all[1], oadr.NSds, "DigestValue") {
		return r, refuse("a Reference does not hold DigestMethod and DigestValue")
	}
	if method := algorithm(all[0]); method != algSHA256 {
		return r, refuse("the digest %.100q is not SHA-256 (rule S8)", method)
	}
	r.digest, err = binary(all[1])
	return r, err
}

// algorithm returns what an element's attribute Algorithm names.
func algorithm(e *etree.Element) string {
	named, _ := plain(e, "Algorithm")
	return named
}

// transforms reads Transforms: the canonicalisation, which is the same without it, and
// whether the signature is left out. A reference to a part of the document never takes in
// its comments, so both kinds of canonicalisation are the same here (XML Signature, section
// 4.4.3.3).
func transforms(e *etree.Element) (enveloped bool, err error) {
	all, err := children(e, maxTransforms)
	if err != nil {
		return false, err
	}
	for i, t := range all {
		named := algorithm(t)
		switch {
		case !is(t, oadr.NSds, "Transform") || len(t.ChildElements()) > 0:
			return false, refuse("its Transforms hold something else, or parameters")
		case named == algEnveloped && i == 0:
			enveloped = true
		case (named == algC14N || named == algC14NComments) && i == len(all)-1:
		default:
			return false, refuse("the transform %.100q does not stand there or is not known (rule S7)", named)
		}
	}
	return enveloped, nil
}

// keyInfo reads KeyInfo. Its first certificate is the signer's.
func (p *parts) keyInfo(e *etree.Element) error {
	data, err := children(e, maxCertificates)
	if err != nil {
		return err
	}
	for _, d := range data {
		if !is(d, oadr.NSds, "X509Data") {
			continue
		}
		all, err := children(d, maxCertificates)
		if err != nil {
			return err
		}
		for _, x := range all {
			if !is(x, oadr.NSds, "X509Certificate") {
				continue
			}
			der, err := binary(x)
			if err != nil {
				return err
			}
			if p.cert, err = x509.ParseCertificate(der); err != nil {
				return refuse("its certificate cannot be read: %v", err)
			}
			return nil
		}
	}
	return refuse("its KeyInfo holds no X509Certificate (rule S6)")
}

// binary reads base64 text, which may be broken into lines.
func binary(e *etree.Element) ([]byte, error) {
	s, err := text(e)
	if err != nil {
		return nil, err
	}
	if len(s) > maxText {
		return nil, refuse("%s has over %d bytes", e.Tag, maxText)
	}
	b, err := base64.StdEncoding.DecodeString(strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(s))
	if err != nil {
		return nil, refuse("%s is no base64", e.Tag)
	}
	return b, nil
}
