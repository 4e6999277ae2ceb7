package oadr

import (
	"bytes"
	"slices"
)

// Growth is how many times as long a payload may arrive as [Limits.Size] lets its
// sender write it. Servers rewrite what passes through them: ejabberd puts the
// declaration of its namespace on every element that had a prefix, and references
// for quotes.
const Growth = 6

// Raw is the largest document that [Decode] looks at.
func (l Limits) Raw() int { return Growth * l.Size }

// TooLarge reports whether a document is over the limit. Only one that is longer
// than its sender may write it is measured.
func (l Limits) TooLarge(raw []byte) bool {
	return len(raw) > l.Size && (len(raw) > l.Raw() || Written(raw) > l.Size)
}

// maxNamespaces bounds how many namespaces [Written] tells apart.
const maxNamespaces = 32

// Written is about how many bytes of a document its sender wrote, whatever servers
// on the way have made of it, and never more than there are: each namespace counts
// where it is declared first, a reference to a character of XML's own as that
// character. The document need not be well-formed.
func Written(raw []byte) int {
	size := len(raw)
	var seen [][]byte
	for len(raw) > 0 {
		text, rest, _ := bytes.Cut(raw, []byte("<"))
		size -= inReferences(text)
		end := tagEnd(rest)
		tag := rest[:end]
		raw = rest[end:]
		for len(tag) > 0 {
			equals := bytes.IndexByte(tag, '=')
			if equals < 0 {
				break
			}
			name, value := tag[:equals], bytes.TrimLeft(tag[equals+1:], space)
			if len(value) == 0 || value[0] != '\'' && value[0] != '"' {
				tag = tag[equals+1:]
				continue
			}
			length := bytes.IndexByte(value[1:], value[0])
			if length < 0 {
				break
			}
			tag = value[length+2:]
			value = value[1 : 1+length]
			switch i := bytes.LastIndex(name, []byte("xmlns")); {
			case i < 1 || bytes.IndexByte([]byte(space), name[i-1]) < 0 || i+len("xmlns") < len(name) && name[i+len("xmlns")] != ':':
				size -= inReferences(value)
			case slices.ContainsFunc(seen, func(s []byte) bool { return bytes.Equal(s, value) }):
				size -= len(name) - i + len(`=""`) + len(value) + 1 // with the space before
			case len(seen) < maxNamespaces:
				seen = append(seen, value)
			}
		}
	}
	return size
}

// tagEnd is where a tag ends: behind its >, or where the bytes do.
func tagEnd(tag []byte) int {
	var quote byte
	for i, c := range tag {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'', c == '"':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(tag)
}

// inReferences is how much longer references to XML's own characters are than
// those.
func inReferences(text []byte) (more int) {
	for {
		amp := bytes.IndexByte(text, '&')
		if amp < 0 {
			return more
		}
		text = text[amp+1:]
		for _, name := range []string{"lt;", "gt;", "amp;", "apos;", "quot;"} {
			if bytes.HasPrefix(text, []byte(name)) {
				more += len(name)
				text = text[len(name):]
				break
			}
		}
	}
}
