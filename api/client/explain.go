package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// CheckURL returns what is wrong with the URL of an API, or nil.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case !strings.Contains(address, "://"):
		return fmt.Errorf("%q does not begin with http:// or https://; write http://%s", address, strings.TrimLeft(address, "/"))
	case err != nil:
		return fmt.Errorf("%q is not a URL such as http://127.0.0.1:8080", address)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q does not begin with http:// or https://", address)
	case u.Hostname() == "":
		return fmt.Errorf("%q names no host; write one such as http://127.0.0.1:8080", address)
	case u.User != nil:
		return errors.New("the URL of the API has a user name in it; the API takes a token, see VTN_API_TOKEN_FILE")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("%q goes on after the path; leave out ? or # and what follows", address)
	}
	return nil
}

// unanswered explains why there was no answer, and says what to do.
func (c *connection) unanswered(err error) error {
	var (
		u       *url.Error
		record  tls.RecordHeaderError
		foreign *tls.CertificateVerificationError
		dns     *net.DNSError
		advice  = "is it running there?"
	)
	if errors.As(err, &u) {
		err = u.Err
	}
	slow, _ := errors.AsType[net.Error](err)
	switch {
	case errors.As(err, &dns):
		advice = "check that the name is right"
	case errors.Is(err, syscall.ECONNREFUSED):
		advice = "is it running there?"
	case errors.As(err, &foreign):
		advice = "its certificate is not trusted: " + distrust(foreign.Err)
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/", strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		advice = "there is plain HTTP there: write http:// instead of https://"
	case strings.Contains(err.Error(), "malformed HTTP"):
		advice = "there is no HTTP there; write https:// if it is TLS, and check that the port is the API's"
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("the request to the VTN's API at %s was given up: %w", c.base, err)
	case slow != nil && slow.Timeout():
		advice = "it took too long: check whether the VTN is overloaded, its store hangs (vtn-xmpp health), or a firewall drops the packets"
	}
	return fmt.Errorf("no answer from the VTN's API at %s: %w; %s", c.base, err, advice)
}

// distrust explains why a certificate is not trusted.
func distrust(err error) string {
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("it is for another name than %q", host.Host)
	}
	return "name the authority's certificate in SSL_CERT_FILE"
}

// refusal reads a problem, or makes one of the answer of a server in between.
func (c *connection) refusal(resp *http.Response, raw []byte) *Problem {
	p := &Problem{}
	if err := json.Unmarshal(raw, p); err != nil || p.Status == 0 {
		p = &Problem{Title: http.StatusText(resp.StatusCode), Detail: c.foreign(resp)}
	} else if resp.StatusCode == http.StatusUnauthorized && resp.Header.Get("WWW-Authenticate") != "" {
		p.Detail = c.badToken()
	}
	p.Status = resp.StatusCode
	return p
}

// badToken says what to do about a missing or wrong token.
func (c *connection) badToken() string {
	if c.token == "" {
		return fmt.Sprintf("the VTN at %s wants a token: set VTN_API_TOKEN_FILE or VTN_API_TOKEN as the VTN has it", c.base)
	}
	return fmt.Sprintf("the VTN at %s does not take the token of VTN_API_TOKEN_FILE or VTN_API_TOKEN: the token is another VTN's, or has changed", c.base)
}

// foreign describes an answer of something else than a VTN.
func (c *connection) foreign(resp *http.Response) string {
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		to.User, to.RawQuery, to.Fragment = nil, "", ""
		return fmt.Sprintf("%s answers %s and redirects to %s: the API is not here, and the token is sent nowhere else; if the VTN is there, set VTN_API_URL to it", c.base, resp.Status, to)
	}
	what := "something else than a VTN"
	if by := resp.Header.Get("Server"); by != "" {
		what += fmt.Sprintf(" (%.50q)", by)
	}
	said := fmt.Sprintf("%s answers %s, and %s says so", c.base, resp.Status, what)
	switch resp.StatusCode {
	case http.StatusBadRequest:
		return said + ": write https:// if it is TLS there, and check that VTN_API_URL is the API's"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return said + ": it does not reach the VTN; check that the VTN runs"
	}
	return said + ": check that VTN_API_URL is the API's"
}

// notOurs is the error of a successful answer that is not JSON of this API.
func (c *connection) notOurs(resp *http.Response, why error) error {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && kind != "application/json" {
		return fmt.Errorf("%s answers with %s, not with this API's JSON: check that VTN_API_URL is the API's", c.base, kind)
	}
	return fmt.Errorf("the answer from %s is not this API's: %w", c.base, why)
}
