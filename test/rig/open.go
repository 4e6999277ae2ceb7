package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// configure makes a configuration of its own for this server out of the one that everybody uses.
func (e *Ejabberd) configure(root, folder string, o EjabberdOptions) error {
	b, err := os.ReadFile(filepath.Join(root, "ejabberd", "ejabberd.yml"))
	if err != nil {
		return err
	}
	changes := o.Replace
	if o.Open {
		port, err := FreePort()
		if err != nil {
			return err
		}
		e.OpenAddr = "127.0.0.1:" + strconv.Itoa(port)
		shaper := "none"
		if o.Shaped {
			shaper = "c2s"
		}
		changes = append(changes, open(port, shaper)...)
	}
	config := string(b)
	for i := 0; i < len(changes); i += 2 {
		if strings.Count(config, changes[i]) != 1 {
			return fmt.Errorf("ejabberd.yml has not one %q", strings.TrimSpace(changes[i]))
		}
		config = strings.Replace(config, changes[i], changes[i+1], 1)
	}
	file := filepath.Join(folder, "own.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return err
	}
	e.command = append(e.command, "--config", file)
	return nil
}

// open adds a listener without TLS, and lets anybody log in.
func open(port int, shaper string) []string {
	return []string{
		"\nauth_method: internal\n", "\nauth_method: [internal, anonymous]\nanonymous_protocol: login_anon\nallow_multiple_connections: true\n",
		"\nlisten:\n", fmt.Sprintf(`
listen:
  -
    port: %d
    ip: CLIENT_IP
    module: ejabberd_c2s
    access: c2s
    max_stanza_size: 1048576
    backlog: 1000
    shaper: %s
`, port, shaper),
	}
}
