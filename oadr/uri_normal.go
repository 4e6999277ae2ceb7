package oadr

import (
	"regexp"
	"strings"
)

// uriParts takes a URI or relative reference apart (RFC 3986, appendix A): scheme,
// then slashes, user, host, port and path, or a path alone, then query and
// fragment, each with what sets it off.
var uriParts = func() *regexp.Regexp {
	const (
		char  = `(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})`
		path  = `(?:` + char + `|[:@/])*`
		query = `(?:` + char + `|[:@/?])*`
	)
	return regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*:)?` +
		`(?:(//)((?:` + char + `|:)*@)?(\[[A-Za-z0-9._~!$&'()*+,;=:-]*\]|` + char + `*)(:[0-9]*)?(/` + path + `)?|(` + path + `))` +
		`(\?` + query + `)?(#` + query + `)?$`)
}()

// defaultPorts are those that schemes have without saying so.
var defaultPorts = map[string]string{"http:": ":80", "https:": ":443", "ws:": ":80", "wss:": ":443", "ftp:": ":21"}

// NormalURI is the form in which URIs such as market contexts are compared (rule
// 512 of the profile): normalised by syntax and scheme as RFC 3986 has it in 6.2.2
// and 6.2.3. Scheme and host are in small letters, no more is percent-encoded than
// need be, and dot segments, default ports and empty paths are gone. What is no URI
// stays as it is. The form of the form is itself, and one byte longer than the URI
// at most.
func NormalURI(uri string) string {
	part := uriParts.FindStringSubmatch(uri)
	if part == nil {
		return uri
	}
	for i, p := range part {
		part[i] = unescaped(p)
	}
	scheme, slashes, user, host, port, path, query, fragment := strings.ToLower(part[1]), part[2], part[3], lower(part[4]), part[5], part[6]+part[7], part[8], part[9]
	first, _, _ := strings.Cut(path, "/")
	switch {
	case slashes == "" && strings.HasPrefix(path, "//"), scheme+slashes == "" && strings.Contains(first, ":"):
		return uri // after all
	case port == ":", port == defaultPorts[scheme]:
		port = ""
	}
	if scheme != "" && strings.HasPrefix(path, "/") {
		if short := withoutDots(path); slashes != "" || !strings.HasPrefix(short, "//") { // which would begin a host
			path = short
		}
	}
	if scheme != "" && host != "" && path == "" {
		path = "/"
	}
	return scheme + slashes + user + host + port + path + query + fragment
}

// SameURI says whether two URIs are one by their normal forms.
func SameURI(a, b string) bool { return a == b || NormalURI(a) == NormalURI(b) }

// unescaped decodes what need not be percent-encoded, and writes the rest in one way.
func unescaped(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if c := hexDigit(s[i+1])<<4 | hexDigit(s[i+2]); unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(s[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// hexDigit is the value of a hexadecimal digit.
func hexDigit(c byte) byte {
	if c >= 'A' {
		return c&^0x20 - 'A' + 10
	}
	return c - '0'
}

// lower is a host in small letters, but for what is percent-encoded.
func lower(host string) string {
	b := []byte(host)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '%':
			i += 2
		case c >= 'A' && c <= 'Z':
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// withoutDots removes the dot segments of a path that begins with a slash (RFC
// 3986, 5.2.4).
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
			fallthrough
		case ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return "/" + strings.Join(kept, "/")
}
