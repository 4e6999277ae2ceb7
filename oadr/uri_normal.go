package oadr

import (
	"regexp"
	"strings"
)

// uriParts splits a URI or relative reference (RFC 3986, appendix A): scheme, then
// slashes, user, host, port and path, or only a path, then query and fragment, each
// with its delimiter.
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

// defaultPorts are the ports of schemes if a URI names none.
var defaultPorts = map[string]string{"http:": ":80", "https:": ":443", "ws:": ":80", "wss:": ":443", "ftp:": ":21"}

// NormalURI returns the form in which URIs such as market contexts are compared
// (rule 512 of the profile): normalised by syntax and scheme (RFC 3986, sections
// 6.2.2 and 6.2.3). Scheme and host are in lower case, only what must be is
// percent-encoded, and dot segments, default ports and empty paths are gone.
// NormalURI returns what is no URI unchanged. The result is at most one byte longer
// than the URI, and its own normal form.
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
		return uri // the result would be read differently
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

// SameURI reports whether two URIs have the same normal form.
func SameURI(a, b string) bool { return a == b || NormalURI(a) == NormalURI(b) }

// unescaped decodes what need not be percent-encoded and writes the other encodings
// in upper case.
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

// hexDigit returns the value of a hexadecimal digit.
func hexDigit(c byte) byte {
	if c >= 'A' {
		return c&^0x20 - 'A' + 10
	}
	return c - '0'
}

// lower returns a host in lower case, without changing what is percent-encoded.
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
// 3986, section 5.2.4).
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
