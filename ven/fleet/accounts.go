package fleet

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Account is who a VEN is: an account with an XMPP server or, over HTTP, a certificate.
type Account struct {
	JID         string // bare, or with a resource to ask for; empty over HTTP
	Password    string
	Certificate *tls.Certificate // to log in with; nil: none, see ven.Config.TLS
	Name        string           // of a VEN over HTTP, which it registers as its venName
	VENID       string           // to ask for, see ven.Config.VENID
}

// String is the JID or, over HTTP, the name.
func (a Account) String() string {
	if a.JID != "" {
		return a.JID
	}
	return a.Name
}

// tls returns the configuration c with the account's certificate, if it has one.
func (a Account) tls(c *tls.Config) *tls.Config {
	if a.Certificate == nil {
		return c
	}
	if c == nil {
		c = &tls.Config{}
	}
	c = c.Clone()
	c.Certificates = []tls.Certificate{*a.Certificate}
	return c
}

// Pattern makes n accounts with one password, numbered from first. The pattern has one
// verb for the number: "ven%d@example.org" or, with leading zeros,
// "ven%04d@example.org".
func Pattern(pattern string, first, n int, password string) ([]Account, error) {
	accounts := make([]Account, n)
	for i := range accounts {
		id := fmt.Sprintf(pattern, first+i)
		if strings.Contains(id, "%!") || i > 0 && id == accounts[0].JID {
			return nil, fmt.Errorf("account pattern %q: write it with one %%d for the number, as in ven%%d@example.org", pattern)
		}
		accounts[i] = Account{JID: id, Password: password}
	}
	return accounts, nil
}

// ReadAccounts reads one account from each line: its JID, blanks, and its password,
// which may contain blanks. It skips empty lines and lines that begin with #.
func ReadAccounts(r io.Reader) ([]Account, error) {
	var accounts []Account
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, password, found := strings.Cut(line, " ")
		if tab := strings.IndexByte(line, '\t'); tab >= 0 && tab < len(id) {
			id, password, found = line[:tab], line[tab+1:], true
		}
		if !found {
			return nil, fmt.Errorf("accounts, line %d: a JID and a password are needed, with a blank between them", n)
		}
		accounts = append(accounts, Account{JID: id, Password: strings.TrimSpace(password)})
	}
	return accounts, lines.Err()
}

// Certificates loads a certificate for each of the accounts of [Pattern]. cert and key
// are the names of PEM files, with a verb for the account's number; if key is empty the
// key is in the certificate's file.
func Certificates(accounts []Account, first int, cert, key string) error {
	if key == "" {
		key = cert
	}
	for i := range accounts {
		certFile, keyFile := numbered(cert, first+i), numbered(key, first+i)
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return fmt.Errorf("certificate of %s: %s, %s: %w", accounts[i], certFile, keyFile, err)
		}
		accounts[i].Certificate = &pair
	}
	return nil
}

// Names makes n accounts for VENs over HTTP, numbered from first: ven1, ven2 …
func Names(first, n int) []Account {
	accounts := make([]Account, n)
	for i := range accounts {
		accounts[i] = Account{Name: fmt.Sprintf("ven%d", first+i)}
	}
	return accounts
}

// Folder makes an account for VENs over HTTP of each certificate in a folder, by name:
// NAME.crt with NAME.key. It leaves out those of VTNs, vtn-….crt, and what has no key.
func Folder(folder string) ([]Account, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.crt"))
	if err != nil {
		return nil, err
	}
	var accounts []Account
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".crt")
		key := strings.TrimSuffix(file, ".crt") + ".key"
		if _, err := os.Stat(key); errors.Is(err, os.ErrNotExist) || strings.HasPrefix(name, "vtn-") {
			continue
		}
		pair, err := tls.LoadX509KeyPair(file, key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s, %s: %w", file, key, err)
		}
		accounts = append(accounts, Account{Name: name, Certificate: &pair})
	}
	if len(accounts) == 0 {
		return nil, fmt.Errorf("%s holds no certificate NAME.crt of a VEN with its key NAME.key", folder)
	}
	return accounts, nil
}

// VENIDs gives each account the venID to ask for: the pattern, with a verb for its number.
func VENIDs(accounts []Account, first int, pattern string) error {
	if len(accounts) > 1 && !strings.Contains(pattern, "%") {
		return fmt.Errorf("venID pattern %q: write it with one %%d for the number, as in ven-%%d", pattern)
	}
	for i := range accounts {
		accounts[i].VENID = numbered(pattern, first+i)
	}
	return nil
}

// numbered is the pattern with the number n in place of its verb, if it has one.
func numbered(pattern string, n int) string {
	if !strings.Contains(pattern, "%") {
		return pattern
	}
	return fmt.Sprintf(pattern, n)
}
