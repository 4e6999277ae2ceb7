package stream

import (
	"bytes"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// Namespace returns what a prefix is bound to inside these elements, outermost
// first, or "" if nothing binds it. The empty prefix means the default namespace.
func Namespace(prefix []byte, inside ...Element) string {
	for i := len(inside) - 1; i >= 0; i-- {
		for name, value := range inside[i].Attributes() {
			if p, ok := declares(name); ok && bytes.Equal(p, prefix) {
				return Unescape(value)
			}
		}
	}
	return ""
}

// declares returns the prefix that an attribute of this name declares.
func declares(name []byte) (prefix []byte, ok bool) {
	prefix, ok = bytes.CutPrefix(name, []byte("xmlns"))
	switch {
	case !ok:
		return nil, false
	case len(prefix) == 0:
		return nil, true
	}
	return bytes.CutPrefix(prefix, []byte(":"))
}

// Document returns the element's bytes as a document of its own: the namespaces that
// it uses and that the elements around it declare, outermost first, are declared on
// it. It returns e.Raw if there are none.
func Document(e Element, around ...Element) []byte {
	var missing []byte
	prefix, local := e.Name()
	for i := len(around) - 1; i >= 0; i-- {
		for name, value := range around[i].Attributes() {
			p, ok := declares(name)
			if !ok || !mentions(e.Raw, p) || declared(p, e, around[i+1:]) {
				continue
			}
			missing = append(missing, ' ')
			missing = append(missing, name...)
			missing = append(missing, "='"...)
			missing = xmltext.AppendValue(missing, Unescape(value))
			missing = append(missing, '\'')
		}
	}
	if len(missing) == 0 {
		return e.Raw
	}
	end := 1 + len(local)
	if len(prefix) > 0 {
		end += len(prefix) + 1
	}
	doc := make([]byte, 0, len(e.Raw)+len(missing))
	doc = append(doc, e.Raw[:end]...)
	doc = append(doc, missing...)
	return append(doc, e.Raw[end:]...)
}

// mentions reports whether the prefix may be used in the bytes.
func mentions(raw, prefix []byte) bool {
	return len(prefix) == 0 || bytes.Contains(raw, append(bytes.Clone(prefix), ':'))
}

// declared reports whether e or one of the elements around it declares the prefix.
func declared(prefix []byte, e Element, around []Element) bool {
	for _, x := range append([]Element{e}, around...) {
		for name := range x.Attributes() {
			if p, ok := declares(name); ok && bytes.Equal(p, prefix) {
				return true
			}
		}
	}
	return false
}
