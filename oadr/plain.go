package oadr

import (
	"bytes"
)

// plain200 are the elements that nearly every answer to a push holds, each the first in
// the one before. Some VENs leave out the first ones (rule X1).
var plain200 = [...]string{"oadrPayload", "oadrSignedObject", "oadrResponse", "eiResponse", "responseCode"}

// PlainOK reports whether a document is an oadrResponse 200 as nearly all VENs write it,
// without a signature, wherever that would stand (rule S6). It reads the tags down to the
// code, far less than [Decode], which finds out what any other document is.
func PlainOK(raw []byte) bool {
	if bytes.Contains(raw, []byte("Signature")) {
		return false
	}
	d := newDecoder(raw, len(plain200))
	defer d.release()
	left := plain200[:]
	for len(left) > 0 {
		switch d.next() {
		case tokenText:
			if len(bytes.Trim(d.data, space)) > 0 {
				return false
			}
			continue
		case tokenStart:
		default:
			return false
		}
		if len(d.open) == 1 {
			if d.namespace == nil || string(d.namespace.uri) != NS {
				return false
			}
			for len(left) > 3 && string(d.local) != left[0] {
				left = left[1:]
			}
		}
		if string(d.local) != left[0] {
			return false
		}
		left = left[1:]
	}
	return bytes.HasPrefix(d.raw[d.pos:], []byte("200<"))
}
