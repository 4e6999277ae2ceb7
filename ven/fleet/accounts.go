package fleet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Account is one VEN's account with its XMPP server.
type Account struct {
	JID      string // bare, or with a resource to ask for
	Password string
}

// Pattern is n accounts with one password, numbered from first: "ven%d@example.org"
// or, with leading zeros, "ven%04d@example.org".
func Pattern(pattern string, first, n int, password string) ([]Account, error) {
	accounts := make([]Account, n)
	for i := range accounts {
		id := fmt.Sprintf(pattern, first+i)
		if strings.Contains(id, "%!") || i > 0 && id == accounts[0].JID {
			return nil, fmt.Errorf("account pattern %q: write it with one %%d for the number, as in ven%%d@example.org", pattern)
		}
		accounts[i] = Account{id, password}
	}
	return accounts, nil
}

// ReadAccounts reads one account a line: its JID, blanks, its password, which
// may itself hold blanks. Empty lines and lines that begin with # are left out.
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
		accounts = append(accounts, Account{id, strings.TrimSpace(password)})
	}
	return accounts, lines.Err()
}
