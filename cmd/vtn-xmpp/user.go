package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type userCommands struct {
	Add    userAdd    `cmd:"" help:"Add a user."`
	List   userList   `cmd:"" help:"List users."`
	Show   userShow   `cmd:"" help:"Show a user with sessions and tokens."`
	Modify userModify `cmd:"" help:"Change a user's role or password."`
	Passwd userPasswd `cmd:"" help:"Change your own password."`
	Delete userDelete `cmd:"" help:"Delete a user."`
	Token  userTokens `cmd:"" help:"Make, list and delete tokens of users for programs."`
	Me     userMe     `cmd:"" help:"Say who you are to the VTN."`
}

// readPassword reads a password from a file, or from the standard input for "-".
func readPassword(path string) (string, error) {
	raw, err := readFile(path)
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(raw), "\r\n")
	if password == "" {
		return "", fmt.Errorf("%s has no password in it", path)
	}
	return password, nil
}

type userAdd struct {
	connection
	Name         string `arg:"" help:"Letters, digits and . _ - @ +."`
	Role         string `enum:"viewer,operator,administrator" default:"viewer" help:"viewer: reads; operator: changes events, VENs and reports, too; administrator: changes users, too."`
	PasswordFile string `placeholder:"FILE" help:"File with the password, - for the standard input; without one the user has tokens only."`
}

func (*userAdd) Help() string {
	return `The first user closes the API: from then on it takes requests of users and of whoever has VTN_API_TOKEN only. Make it an administrator.

Examples:

  vtn-xmpp user add ada --role administrator --password-file ada.password
  vtn-xmpp user add settlement --role viewer`
}

func (c *userAdd) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	spec := client.UserSpec{Name: c.Name, Role: c.Role}
	if c.PasswordFile != "" {
		if spec.Password, err = readPassword(c.PasswordFile); err != nil {
			return err
		}
	}
	u, err := api.AddUser(ctx, spec)
	if err != nil {
		return err
	}
	return printUser(o, u)
}

type userList struct {
	connection
	listing
}

func (*userList) Help() string {
	return `Example:

  vtn-xmpp user list`
}

func (c *userList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListUsers(ctx, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		userTable(w, page.Items)
		c.more(w, page.Next)
	})
}

type userShow struct {
	connection
	Name string `arg:"" help:"Name."`
}

func (*userShow) Help() string {
	return `Example:

  vtn-xmpp user show ada`
}

func (c *userShow) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	u, err := api.User(ctx, c.Name)
	if err != nil {
		return err
	}
	keys, err := api.ListKeys(ctx, c.Name)
	if err != nil {
		return err
	}
	both := struct {
		*client.User
		Keys []client.Key `json:"keys"`
	}{u, keys.Items}
	return o.print(both, func(w *tabwriter.Writer) {
		userTable(w, []client.User{*u})
		fmt.Fprintln(w)
		keyTable(w, keys.Items)
	})
}

type userModify struct {
	connection
	Name         string `arg:"" help:"Name."`
	Role         string `placeholder:"ROLE" help:"viewer, operator or administrator."`
	PasswordFile string `placeholder:"FILE" xor:"password" help:"File with another password, - for the standard input."`
	NoPassword   bool   `xor:"password" help:"Take the password away."`
}

func (*userModify) Help() string {
	return `Another password ends the user's sessions, but not the tokens. Another role counts at once.

Examples:

  vtn-xmpp user modify ada --role operator
  vtn-xmpp user modify ada --password-file ada.password`
}

func (c *userModify) Run(ctx context.Context, s *settings, o output) error {
	patch := map[string]any{}
	if c.Role != "" {
		patch["role"] = c.Role
	}
	if c.NoPassword {
		patch["password"] = nil
	}
	if c.PasswordFile != "" {
		password, err := readPassword(c.PasswordFile)
		if err != nil {
			return err
		}
		patch["password"] = password
	}
	if len(patch) == 0 {
		return errors.New("nothing to change: give --role, --password-file or --no-password")
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	u, err := api.PatchUser(ctx, c.Name, patch)
	if err != nil {
		return err
	}
	return printUser(o, u)
}

type userPasswd struct {
	connection
	PresentFile  string `required:"" placeholder:"FILE" help:"File with your present password."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File with the new one."`
}

func (*userPasswd) Help() string {
	return `It is the password of the user whose token you use. All your sessions end.

Example:

  VTN_API_TOKEN_FILE=ada.token vtn-xmpp user passwd --present-file old --password-file new`
}

func (c *userPasswd) Run(ctx context.Context, s *settings, o output) error {
	present, err := readPassword(c.PresentFile)
	if err != nil {
		return err
	}
	password, err := readPassword(c.PasswordFile)
	if err != nil {
		return err
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	return api.ChangePassword(ctx, client.PasswordChange{Present: present, Password: password})
}

type userDelete struct {
	connection
	Name string `arg:"" help:"Name."`
}

func (*userDelete) Help() string {
	return `All sessions and tokens of the user end at once. What the user did keeps the name.

Example:

  vtn-xmpp user delete ada`
}

func (c *userDelete) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	return api.DeleteUser(ctx, c.Name)
}

type userMe struct{ connection }

func (*userMe) Help() string {
	return `Example:

  vtn-xmpp user me`
}

func (c *userMe) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	me, err := api.Me(ctx)
	if err != nil {
		return err
	}
	return o.print(me, func(w *tabwriter.Writer) {
		row(w, "name", "role", "via", "ends")
		row(w, me.Name, me.Role, me.Via, at(me.EndsAt))
	})
}

func printUser(o output, u *client.User) error {
	return o.print(u, func(w *tabwriter.Writer) { userTable(w, []client.User{*u}) })
}

func userTable(w *tabwriter.Writer, users []client.User) {
	row(w, "name", "role", "password", "created", "by")
	for _, u := range users {
		row(w, u.Name, u.Role, u.HasPassword, at(&u.CreatedAt), u.CreatedBy)
	}
}
