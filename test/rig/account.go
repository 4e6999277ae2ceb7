package rig

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Account is an account at the server's domain.
type Account struct {
	// User is the localpart of its JID.
	User     string
	Password string
	// SeenBy are the domains of components that are shown its presence: roster items with subscription `from`.
	SeenBy []string
}

// The format of XEP-0227, as far as ejabberd's import reads it.
type (
	importedUser struct {
		Name     string         `xml:"name,attr"`
		Password string         `xml:"password,attr"`
		Roster   importedRoster `xml:"jabber:iq:roster query"`
	}
	importedRoster struct {
		Items []importedItem `xml:"item"`
	}
	importedItem struct {
		JID          string `xml:"jid,attr"`
		Subscription string `xml:"subscription,attr"`
	}
	importedHost struct {
		JID   string         `xml:"jid,attr"`
		Users []importedUser `xml:"user"`
	}
	importedData struct {
		XMLName xml.Name     `xml:"urn:xmpp:pie:0 server-data"`
		Host    importedHost `xml:"host"`
	}
)

// Register makes accounts, all in one call: about 7 ms each, which ejabberd needs to hash a password. They outlive Kill. An
// account that exists is an error.
func (e *Ejabberd) Register(ctx context.Context, accounts ...Account) error {
	data := importedData{Host: importedHost{JID: e.Domain}}
	for _, a := range accounts {
		user := importedUser{Name: a.User, Password: a.Password}
		for _, domain := range a.SeenBy {
			user.Roster.Items = append(user.Roster.Items, importedItem{JID: domain, Subscription: "from"})
		}
		data.Host.Users = append(data.Host.Users, user)
	}
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(data); err != nil {
		return err
	}
	file, err := e.leave(b.Bytes())
	if err != nil {
		return err
	}
	defer os.Remove(file)
	// What ejabberdctl's import_piefxis does, and Mnesia's log on disk, which it writes some seconds later otherwise.
	eval := fmt.Sprintf(`N = 'ejabberd@localhost', ok = rpc:call(N, ejabberd_piefxis, import_file, [<<%q>>]),
		ok = rpc:call(N, mnesia, sync_log, []), halt().`, file)
	if out, err := exec.CommandContext(ctx, filepath.Join(e.Dir, "erl"), "-eval", eval).CombinedOutput(); err != nil {
		return fmt.Errorf("register %d accounts: %w: %s; ejabberd's log says why", len(accounts), err, bytes.TrimSpace(out))
	}
	return nil
}

// leave writes a file in the server's folder that only the server's user can read.
func (e *Ejabberd) leave(b []byte) (string, error) {
	f, err := os.CreateTemp(e.Dir, "import-*.xml")
	if err != nil {
		return "", err
	}
	defer f.Close()
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return "", err
	}
	owner := folder.Sys().(*syscall.Stat_t)
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return "", err
	}
	_, err = f.Write(b)
	return f.Name(), err
}

// AddRosterItem shows a user's presence to a component.
func (e *Ejabberd) AddRosterItem(ctx context.Context, user, component string) error {
	_, err := e.Ctl(ctx, "add_rosteritem", user, e.Domain, "", component, "VTN", "", "from")
	return err
}
