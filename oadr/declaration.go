package oadr

import "bytes"

// WithoutDeclaration removes the XML declaration, and a byte order mark before it,
// from a document that is in UTF-8 now, whatever the declaration says: the text of
// an XMPP <body>, or a file that was in UTF-16.
func WithoutDeclaration(document []byte) []byte {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimPrefix(document, []byte("\uFEFF")), space), []byte("<?xml"))
	if !ok || len(rest) == 0 || bytes.IndexByte([]byte(space), rest[0]) < 0 {
		return document
	}
	if _, after, ok := bytes.Cut(rest, []byte("?>")); ok {
		return after
	}
	return document
}
