package rig

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTime bounds how long a part may take to become ready. On two busy cores an ejabberd was seen to take one.
const startTime = 2 * time.Minute

// EjabberdOptions say what the server serves; the zero value is a server for localhost with the component vtn.localhost.
type EjabberdOptions struct {
	// Domain is the domain of the accounts.
	Domain string
	// Components are the domains that components may connect as. The first has the VTN's privileges and delegations.
	Components []string
	// Erl are further options for the Erlang machine.
	Erl string
	// Config writes another configuration than ejabberd/ejabberd.yml into the folder that e.Dir will be in, where the server's user can
	// read it, and returns its path. Domain, ports and secrets of e are set by then; its certificate will be Dir/cert.pem.
	Config func(e *Ejabberd) (path string, err error)
	// Release is the folder of another ejabberd, from Ejabberd2412; empty is what RIG_EJABBERD says, or the machine's own.
	Release string
	// Open adds a listener without TLS, at OpenAddr, and lets anybody log in by any name and password: for crowds of cheap clients.
	Open bool
	// Shaped reads the clients of that listener as slowly as others.
	Shaped bool
	// VENs makes the certificates by which VENs may log in, nil for none.
	VENs *Authority
	// Replace has text of the configuration and what stands in its place, in pairs.
	Replace []string
}

// Ejabberd is a running server with the configuration in ejabberd/.
type Ejabberd struct {
	// Domain is the domain of the accounts.
	Domain string
	// Components are the domains that components may connect as, all with Secret.
	Components []string
	// ClientAddr and ComponentAddr are the listeners, host:port.
	ClientAddr, ComponentAddr string
	// OpenAddr is the listener without TLS, if there is one.
	OpenAddr string
	// Secret is the components' secret; SecretFile holds it.
	Secret, SecretFile string
	// CertPool trusts the server's certificate; CAFile is it in PEM.
	CertPool *x509.CertPool
	CAFile   string
	// Dir is the folder that run-local runs it in.
	Dir string
	// Output is what the server has printed, with its log.
	Output *Log

	command []string // run-local with its arguments
	close   func()

	mu      sync.Mutex
	process *process // nil before the first start and after Close
	closed  bool
}

// prober is the account that shows whether clients can log in.
var prober = Account{User: "rig-prober", Password: "rig-prober"}

// StartEjabberd starts a server with the scripts and the configuration in ejabberd/. It returns when a client has logged in.
func StartEjabberd(ctx context.Context, o EjabberdOptions) (*Ejabberd, error) {
	if o.Domain == "" {
		o.Domain = "localhost"
	}
	if len(o.Components) == 0 {
		o.Components = []string{"vtn." + o.Domain}
	}
	root, err := Root()
	if err != nil {
		return nil, err
	}
	clientPort, err := FreePort()
	if err != nil {
		return nil, err
	}
	componentPort, err := FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("ejabberd")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(folder, "ejabberd")
	e := &Ejabberd{
		Domain:        o.Domain,
		Components:    o.Components,
		ClientAddr:    loopback(clientPort),
		ComponentAddr: loopback(componentPort),
		SecretFile:    filepath.Join(dir, "secret"),
		CAFile:        filepath.Join(dir, "cert.crt"),
		Output:        NewLog(),
		Dir:           dir,
	}
	e.close = closing(ctx, func() {
		e.end()
		_ = os.RemoveAll(folder)
	})
	ports := []string{"--client-port", strconv.Itoa(clientPort), "--component-port", strconv.Itoa(componentPort)}
	if err := e.prepare(root, folder, ports, o); err != nil {
		e.Close()
		return nil, err
	}
	if err := e.Start(ctx); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// prepare sets the command that starts the server, and writes the files that it names.
func (e *Ejabberd) prepare(root, folder string, ports []string, o EjabberdOptions) (err error) {
	e.command = append([]string{filepath.Join(root, "ejabberd", "run-local"), "--domain", o.Domain, "--erl", o.Erl}, ports...)
	if o.Release == "" {
		o.Release = os.Getenv("RIG_EJABBERD")
	}
	if o.Release != "" {
		e.command = append(e.command, "--release", o.Release)
	}
	for _, domain := range o.Components {
		e.command = append(e.command, "--component", domain)
	}
	if o.VENs != nil {
		file := filepath.Join(folder, "ven-ca.pem")
		if err := os.WriteFile(file, o.VENs.PEM(), 0o644); err != nil {
			return err
		}
		e.command = append(e.command, "--ven-ca", file)
	}
	switch {
	case o.Config != nil:
		err = e.replaceConfig(folder, o.Config)
	case o.Open || len(o.Replace) > 0:
		err = e.configure(root, folder, o)
	}
	e.command = append(e.command, e.Dir)
	return err
}

// replaceConfig has the server run with another configuration, which may hold its secret.
func (e *Ejabberd) replaceConfig(folder string, config func(*Ejabberd) (string, error)) error {
	e.Secret = rand.Text()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte(e.Secret), 0o600); err != nil {
		return err
	}
	path, err := config(e)
	e.command = append(e.command, "--secret-file", secret, "--config", path)
	return err
}

// Close stops the server for good and removes its folder.
func (e *Ejabberd) Close() { e.close() }

func (e *Ejabberd) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.process != nil {
		e.process.stop()
	}
}

// Start starts the server again after Stop or Kill, on the same ports, with the same accounts. It returns when a client has
// logged in.
func (e *Ejabberd) Start(ctx context.Context) error {
	p, err := e.launch()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := e.awaitLogin(ctx, p); err != nil {
		p.stop()
		return fmt.Errorf("%w; its output ends:\n%s", err, e.Output.Tail(30))
	}
	return nil
}

func (e *Ejabberd) launch() (*process, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.New("ejabberd is closed")
	}
	cmd := exec.Command(e.command[0], e.command[1:]...)
	cmd.Stdout, cmd.Stderr = e.Output, e.Output
	stdin, err := cmd.StdinPipe() // run-local ends when this program does
	if err != nil {
		return nil, err
	}
	p, err := start("ejabberd", cmd)
	if err != nil {
		stdin.Close()
		return nil, err
	}
	e.process = p
	return p, nil
}

func (e *Ejabberd) current() *process {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.process
}

func (e *Ejabberd) awaitLogin(ctx context.Context, p *process) error {
	// A connection first: calls of ejabberdctl are dear.
	if err := p.await(ctx, func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", e.ClientAddr)
		if err != nil {
			return err
		}
		return conn.Close()
	}); err != nil {
		return err
	}
	if err := e.readSettings(); err != nil {
		return err
	}
	return p.await(ctx, func(ctx context.Context) error {
		address := prober.User + "@" + e.Domain
		err := login(ctx, e.ClientAddr, address, prober.Password, e.CertPool)
		if err == nil {
			return nil
		}
		return errors.Join(err, e.Register(ctx, prober))
	})
}

func (e *Ejabberd) readSettings() error {
	secret, err := os.ReadFile(e.SecretFile)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(e.CAFile)
	if err != nil {
		return err
	}
	e.Secret = strings.TrimSpace(string(secret))
	e.CertPool = x509.NewCertPool()
	if !e.CertPool.AppendCertsFromPEM(cert) {
		return fmt.Errorf("no certificate in %s", e.CAFile)
	}
	return nil
}

// Ctl runs a command of ejabberdctl and returns what it prints. Each call takes about 0.2 s, and its arguments are in the process
// list while it runs.
func (e *Ejabberd) Ctl(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(e.Dir, "ejabberdctl"), args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("ejabberdctl %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// Privileged reports whether the server has mod_privilege, which run-local leaves out of ejabberd 24.10 to 24.12.
func (e *Ejabberd) Privileged() (bool, error) {
	config, err := os.ReadFile(filepath.Join(e.Dir, "ejabberd.yml"))
	return strings.Contains(string(config), "\n  mod_privilege:\n"), err
}

// Kick ends all sessions of an account, or of one resource if address is a full JID.
func (e *Ejabberd) Kick(ctx context.Context, address string) error {
	account, resource, full := strings.Cut(address, "/")
	user, host, _ := strings.Cut(account, "@")
	args := []string{"kick_user", user, host}
	if full {
		args = []string{"kick_session", user, host, resource, "kicked"}
	}
	_, err := e.Ctl(ctx, args...)
	return err
}

// Stop stops the server in good order: clients and components see their streams end. Start starts it again.
func (e *Ejabberd) Stop() { e.current().stop() }

// Kill kills the server as a power cut would. Start starts it again.
func (e *Ejabberd) Kill() error {
	if err := e.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-e.current().done
	return nil
}

// Freeze stops the server's process where it is: connections stay open and nothing answers. Thaw lets it go on.
func (e *Ejabberd) Freeze() error { return e.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (e *Ejabberd) Thaw() error { return e.signal(syscall.SIGCONT) }

func (e *Ejabberd) signal(s syscall.Signal) error {
	b, err := os.ReadFile(filepath.Join(e.Dir, "beam.pid"))
	if err != nil {
		return fmt.Errorf("ejabberd does not run: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, s)
}
