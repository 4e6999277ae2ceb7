package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// open makes a configuration with an open listener out of the one that everybody uses.
func (e *Ejabberd) open(root, folder string) error {
	port, err := FreePort()
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(root, "ejabberd", "ejabberd.yml"))
	if err != nil {
		return err
	}
	config := string(b)
	for _, change := range []struct{ from, to string }{
		{"auth_method: internal\n", "auth_method: [internal, anonymous]\nanonymous_protocol: login_anon\nallow_multiple_connections: true\n"},
		{"listen:\n", fmt.Sprintf(`listen:
  -
    port: %d
    ip: CLIENT_IP
    module: ejabberd_c2s
    access: c2s
    max_stanza_size: 1048576
    backlog: 1000
    shaper: none
`, port)},
	} {
		if strings.Count(config, "\n"+change.from) != 1 {
			return fmt.Errorf("ejabberd.yml has not one line %q", strings.TrimSpace(change.from))
		}
		config = strings.Replace(config, "\n"+change.from, "\n"+change.to, 1)
	}
	file := filepath.Join(folder, "open.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return err
	}
	e.OpenAddr = "127.0.0.1:" + strconv.Itoa(port)
	e.command = append(e.command, "--config", file)
	return nil
}
