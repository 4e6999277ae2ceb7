package main

import "bytes"

// The clients and the bare component look for just what they need, in stanzas
// of which they know how they are written: ejabberd's and this VTN's own.

// attribute is an attribute's value in an opening tag, nil where there is none.
func attribute(tag []byte, name string) []byte {
	for rest := tag; ; {
		i := bytes.Index(rest, []byte(name))
		if i < 1 || i+len(name)+2 > len(rest) {
			return nil
		}
		after := rest[i+len(name):]
		if rest[i-1] == ' ' && after[0] == '=' {
			if end := bytes.IndexByte(after[2:], after[1]); end >= 0 {
				return after[2 : 2+end]
			}
			return nil
		}
		rest = after
	}
}

// between is what stands between two texts, nil where they do not stand there.
func between(b []byte, from, to string) []byte {
	i := bytes.Index(b, []byte(from))
	if i < 0 {
		return nil
	}
	b = b[i+len(from):]
	if j := bytes.Index(b, []byte(to)); j >= 0 {
		return b[:j]
	}
	return nil
}

// nextIQ cuts the first IQ out of b; rest is what follows. It is nil where none
// is complete. No IQ here has another inside.
func nextIQ(b []byte) (iq, rest []byte) {
	start := bytes.Index(b, []byte("<iq"))
	if start < 0 {
		return nil, b
	}
	tag := bytes.IndexByte(b[start:], '>')
	if tag < 0 {
		return nil, b
	}
	if b[start+tag-1] == '/' {
		return b[start : start+tag+1], b[start+tag+1:]
	}
	end := bytes.Index(b[start:], []byte("</iq>"))
	if end < 0 {
		return nil, b
	}
	return b[start : start+end+5], b[start+end+5:]
}

// openingTag is the part of an IQ before its payload.
func openingTag(iq []byte) []byte { return iq[:bytes.IndexByte(iq, '>')+1] }
