package simplehttp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// pushURL returns the URL of a push: the address that the VEN registered, or that the
// operator entered, and what belongs behind it (rules H18, A2).
func pushURL(p core.Push) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(p.To))
	if err != nil { // the error of url.Parse repeats the address, which may hold a password
		return nil, errors.New("the push address is no URL; the VEN has to register https://host[:port]/[prefix/]")
	}
	switch {
	case u.Scheme != "https":
		return nil, fmt.Errorf("the push address begins with %.20q; the VEN has to register one that begins with https://", u.Scheme+":")
	case u.Hostname() == "", u.Opaque != "":
		return nil, errors.New("the push address names no host; the VEN has to register https://host[:port]/[prefix/]")
	case u.User != nil, u.RawQuery != "", u.ForceQuery:
		return nil, errors.New("the push address has a user or a query; the VEN has to register https://host[:port]/[prefix/]")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return nil, errors.New("the push address has a host whose name is not ASCII; the VEN has to register https://xn--…, as DNS has it")
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return nil, errors.New("the push address has a port that is not from 1 to 65535; the VEN has to register https://host[:port]/[prefix/]")
	}
	u.Fragment, u.RawFragment = "", ""
	path := pathFor(p, u.Path)
	if path != u.Path {
		u.Path, u.RawPath = path, "" // an escaped prefix is written again from its text
	}
	return u, nil
}

// pathFor completes the path of an address.
func pathFor(p core.Push, path string) string {
	if p.Profile == oadr.ProfileA {
		return pathForA(path)
	}
	base := strings.TrimRight(path, "/")
	if i := strings.LastIndexByte(base, '/'); i >= 0 && slices.Contains(servicesB, base[i+1:]) && endsIn(base[:i], baseB) {
		base = base[:i]
	}
	if !endsIn(base, baseB) {
		base += baseB
	}
	return base + "/" + service(p.Kind)
}

// pathForA completes the path of a 2.0a VEN's URL, which the operator entered. It is
// taken as entered, unless it is a base: it has no path, or ends in a slash or in that of
// the profile (rule A2).
func pathForA(path string) string {
	base := strings.TrimRight(path, "/")
	switch {
	case endsIn(base, baseA+serviceA):
		return base
	case endsIn(base, baseA):
		return base + serviceA
	case path == base && path != "":
		return path
	}
	return base + baseA + serviceA
}

// endsIn reports whether a path ends in another, in any case: what is there is never
// appended a second time.
func endsIn(path, end string) bool {
	n := len(path) - len(end)
	return n >= 0 && strings.EqualFold(path[n:], end)
}

// service returns the service that a message of the VTN belongs to (rule H1).
func service(k oadr.Kind) string {
	switch k {
	case oadr.KindCancelPartyRegistration, oadr.KindRequestReregistration:
		return "EiRegisterParty"
	case oadr.KindRegisterReport, oadr.KindCreateReport, oadr.KindUpdateReport, oadr.KindCancelReport:
		return "EiReport"
	}
	return "EiEvent"
}

// hostPort returns where a URL leads, spelled in one way.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
