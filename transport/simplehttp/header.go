package simplehttp

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// shown is a certificate that a proxy tells of.
type shown struct {
	fingerprint string
	expires     time.Time // zero: not known
}

// shown reads the header in which a proxy tells which certificate a VEN has (rule T10). Without the header nothing is shown. Its
// error is for the operator of the proxy.
func (s *server) shown(h http.Header) (shown, error) {
	values := h.Values(s.cfg.ProxyHeader)
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return shown{}, nil
	}
	if len(values) > 1 {
		return shown{}, fmt.Errorf("%s stands there %d times; the proxy must remove the one that it received", s.cfg.ProxyHeader, len(values))
	}
	der, hash, err := readShown(values[0])
	if err != nil {
		return shown{}, fmt.Errorf("%s: %w", s.cfg.ProxyHeader, err)
	}
	if der == nil {
		return shown{fingerprint: fingerprint.OfHash(hash)}, nil // the proxy has looked at the certificate
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return shown{}, fmt.Errorf("%s: %w", s.cfg.ProxyHeader, err)
	}
	if err := s.check(certificate); err != nil {
		return shown{}, err
	}
	return shown{fingerprint.OfHash(hash), certificate.NotAfter}, nil
}

// check looks at a certificate that a proxy let through.
func (s *server) check(c *x509.Certificate) error {
	roots := s.credentials.Load().vens
	if roots == nil {
		if now := s.clock.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return errors.New("the certificate is not valid at this time")
		}
		return nil
	}
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: s.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err
}

// readShown reads a certificate as nginx, Envoy, HAProxy and RFC 9440 write it. der is nil where only the hash is told.
func readShown(value string) (der []byte, hash [sha256.Size]byte, err error) {
	switch {
	case strings.HasPrefix(value, "-----BEGIN"):
		der, err = fromPEM(value)
	case strings.HasPrefix(value, ":") && strings.HasSuffix(value, ":") && len(value) > 2:
		der, err = base64.StdEncoding.DecodeString(value[1 : len(value)-1])
	case strings.Contains(strings.TrimRight(value, "="), "="): // in base64 nothing comes after =
		return fromEnvoy(value)
	default:
		der, err = base64.StdEncoding.DecodeString(value)
	}
	if err == nil && len(der) == 0 {
		err = errors.New("it holds no certificate")
	}
	return der, sha256.Sum256(der), err
}

// fromPEM reads PEM that is written as in a URL.
func fromPEM(value string) ([]byte, error) {
	text, err := url.PathUnescape(value)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil || block.Type != "CERTIFICATE":
		return nil, errors.New("it is no certificate in PEM form")
	case strings.TrimSpace(string(rest)) != "": // proxies join headers of one name by commas
		return nil, errors.New("there is more behind the certificate; the proxy must remove the header that it received")
	}
	return block.Bytes, nil
}

// fromEnvoy reads an x-forwarded-client-cert of one element, that of the proxy itself: who is behind another proxy is not for this
// one to say.
func fromEnvoy(value string) (der []byte, hash [sha256.Size]byte, err error) {
	fields, err := envoyFields(value)
	if err != nil {
		return nil, hash, err
	}
	if pem := fields["cert"]; pem != "" {
		if der, err = fromPEM(pem); err != nil {
			return nil, hash, err
		}
		hash = sha256.Sum256(der)
	}
	if written := fields["hash"]; written != "" {
		told, err := hex.DecodeString(written)
		if err != nil || len(told) != sha256.Size || der != nil && hash != [sha256.Size]byte(told) {
			return nil, hash, errors.New("its Hash is no SHA-256 of its certificate")
		}
		return der, [sha256.Size]byte(told), nil
	}
	if der == nil {
		return nil, hash, errors.New("it has neither Hash nor Cert; set_current_client_cert_details turns Cert on")
	}
	return der, hash, nil
}

// envoyFields splits an element into its fields. Values may be quoted.
func envoyFields(value string) (map[string]string, error) {
	fields := map[string]string{}
	for rest := value; rest != ""; {
		name, after, found := strings.Cut(rest, "=")
		if !found {
			return nil, errors.New("it has a field without a value")
		}
		var v string
		if strings.HasPrefix(after, `"`) {
			end := closingQuote(after)
			if end < 0 {
				return nil, errors.New("it has a quote that does not end")
			}
			v, rest = after[1:end], after[end+1:]
		} else {
			end := strings.IndexAny(after, ";,")
			if end < 0 {
				end = len(after)
			}
			v, rest = after[:end], after[end:]
		}
		if strings.HasPrefix(rest, ",") {
			return nil, errors.New("it tells of several certificates; the proxy must set it anew: forward_client_cert_details: SANITIZE_SET")
		}
		rest = strings.TrimPrefix(rest, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := fields[name]; twice && (name == "hash" || name == "cert") {
			return nil, fmt.Errorf("it has two fields %s", name)
		}
		fields[name] = v
	}
	return fields, nil
}

// closingQuote returns where a quoted value ends, -1 if it does not.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
