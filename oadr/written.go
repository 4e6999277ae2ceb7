package oadr

import (
	"bytes"
	"slices"
)

// Growth is how many times longer than [Limits.Size] a payload may arrive. Servers
// rewrite what passes through them: ejabberd writes the namespace declaration on
// every element that had a prefix, and references instead of quotes.
const Growth = 6

// Raw returns the size in bytes of the largest document that [Decode] looks at.
func (l Limits) Raw() int { return Growth * l.Size }

// TooLarge reports whether a document is over the limit. It measures with [Written]
// only those that are longer than the limit.
func (l Limits) TooLarge(raw []byte) bool {
	return len(raw) > l.Size && (len(raw) > l.Raw() || Written(raw) > l.Size)
}

// maxNamespaces is how many namespaces [Written] can tell apart.
const maxNamespaces = 32

// Written estimates how many bytes of a document its sender wrote, whatever servers
// on the way have made of it. It counts each namespace only where it is first
// declared, and a reference to one of XML's own characters as that character. The
// result is at most the length of the document, which need not be well-formed.
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
				size -= len(name) - i + len(`=""`) + len(value) + 1 // and the space before it
			case len(seen) < maxNamespaces:
				seen = append(seen, value)
			}
		}
	}
	return size
}

// tagEnd returns where a tag ends: after its >, or at the end of the bytes.
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

// inReferences returns how many bytes longer the references to XML's own characters
// are than these characters.
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
