// Package address reads XMPP addresses (RFC 7622). Those that a server sends stay as
// they are, since it has authenticated them. Those that a person writes are brought
// into the form in which the server knows them.
package address

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"mellium.im/xmpp/jid"
)

// maxPart is how many bytes each part may have (RFC 7622 section 3.1).
const maxPart = 1023

// Parts are the parts of an address, LOCAL@DOMAIN/RESOURCE. The local part of an
// account is not empty.
type Parts struct {
	Local, Domain, Resource string
}

// Bare returns the address without its resource.
func (p Parts) Bare() string {
	if p.Local == "" {
		return p.Domain
	}
	return p.Local + "@" + p.Domain
}

func (p Parts) String() string {
	if p.Resource == "" {
		return p.Bare()
	}
	return p.Bare() + "/" + p.Resource
}

// Split cuts an address into its parts (RFC 7622 section 3.2) and changes nothing in
// them. It fails for what no server sends: an empty part, one that is too long,
// controls, and what is not UTF-8.
func Split(address string) (Parts, error) {
	bare, resource, full := strings.Cut(address, "/")
	local, domain, account := strings.Cut(bare, "@")
	if !account {
		local, domain = "", bare
	}
	switch {
	case account && local == "":
		return Parts{}, errors.New("there is no name before the @")
	case domain == "":
		return Parts{}, errors.New("it has no domain")
	case strings.Contains(domain, "@"):
		return Parts{}, errors.New("it has two @")
	case full && resource == "":
		return Parts{}, errors.New("there is nothing after the /")
	case max(len(local), len(domain), len(resource)) > maxPart:
		return Parts{}, fmt.Errorf("a part of it is longer than %d bytes", maxPart)
	case !utf8.ValidString(address) || strings.ContainsFunc(address, unicode.IsControl):
		return Parts{}, errors.New("it has control characters, or is not UTF-8")
	case strings.ContainsFunc(bare, unicode.IsSpace):
		return Parts{}, errors.New("it has a space")
	}
	return Parts{local, domain, resource}, nil
}

// Normal returns an address that a person wrote in the form in which a server knows
// it: the name and the domain folded (Nodeprep, RFC 3920 appendix A; for names of
// servers Nameprep does the same), the resource normalized (Resourceprep, appendix
// B). It may accept what a server would refuse.
func Normal(written string) (Parts, error) {
	p, err := Split(strings.TrimSpace(written))
	if err != nil {
		return Parts{}, err
	}
	if i := strings.IndexAny(p.Local, `"&'<>:`); i >= 0 {
		return Parts{}, fmt.Errorf("it has a %c in its name", p.Local[i])
	}
	normal := Parts{fold(p.Local), Spelled(strings.TrimRight(fold(p.Domain), ".")), prepare(p.Resource)}
	if (normal.Local == "") != (p.Local == "") || (normal.Resource == "") != (p.Resource == "") {
		return Parts{}, errors.New("a part of it has only characters that do not count")
	}
	return Split(normal.String())
}

// Spelled returns a domain that is written in ASCII (xn--) in its own letters, as RFC
// 7622 wants it and some servers do not send it.
func Spelled(domain string) string {
	if strings.Contains(domain, "xn--") {
		if d, err := jid.New("", domain, ""); err == nil {
			return d.Domainpart()
		}
	}
	return domain
}

// Same reports whether two addresses are the same, however they are written.
func Same(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := Normal(a)
	y, err2 := Normal(b)
	return err1 == nil && err2 == nil && x == y
}

// fold returns what Nodeprep makes of a name: it folds case, and makes characters
// that look alike the same (tables B.1, B.2, form KC).
func fold(s string) string {
	once := func(s string) string {
		var b strings.Builder
		fold := cases.Fold()
		for _, r := range s {
			if keepsCase(r) {
				b.WriteRune(r)
			} else {
				b.WriteString(fold.String(string(r)))
			}
		}
		return norm.NFKC.String(b.String())
	}
	return once(once(strings.Map(visible, s)))
}

// prepare returns what Resourceprep makes of a resource.
func prepare(s string) string { return norm.NFKC.String(strings.Map(visible, s)) }

// visible drops characters that are mapped to nothing (RFC 3454 table B.1).
func visible(r rune) rune {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x1806, 0x180B <= r && r <= 0x180D, 0x200B <= r && r <= 0x200D, r == 0x2060,
		0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF:
		return -1
	}
	return r
}

// keepsCase reports whether the letter has no lower-case one in Unicode 3.2, which
// RFC 3454 uses.
func keepsCase(r rune) bool {
	return 0x10A0 <= r && r <= 0x10C5 || r == 0x4C0 || r == 0x2132 || r == 0x2183
}
