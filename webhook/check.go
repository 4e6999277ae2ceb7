package webhook

import (
	"errors"
	"net/netip"
	"net/url"
)

// Check returns what is wrong with an endpoint's URL, as the end of a sentence. It
// must be https, or http to this machine: applications name VENs, and a forged
// answer would let anybody in.
func Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("is no URL such as https://dr.example.org/registrations")
	case u.User != nil:
		return errors.New("has a user or a password in it; requests are signed instead")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("must begin with https://")
	case !loopback(u.Hostname()):
		return errors.New("is not encrypted: use https, or http to 127.0.0.1")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
