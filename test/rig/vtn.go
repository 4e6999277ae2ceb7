package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// VTNOptions say how a VTN is run.
type VTNOptions struct {
	// Binary is vtn-xmpp, from Build.
	Binary string
	// Server is the component listener, host:port; Domain is the component's domain; Secret is its secret.
	Server, Domain, Secret string
	// Store is VTN_STORE; empty is a SQLite file in the VTN's folder, which a restart finds again.
	Store string
	// HTTPS are the certificates for simple HTTP; nil: the VTN does not speak it.
	HTTPS *HTTPS
	// Env are further settings, NAME=value, which outrank those above.
	Env []string
	// Unready returns from StartVTN and Start as soon as the process runs, for a VTN that is not expected to become ready.
	Unready bool
}

// VTN is a running `vtn-xmpp serve`.
type VTN struct {
	// APIURL is the address of the API, http://host:port.
	APIURL string
	// HTTPAddr is where it serves simple HTTP, host:port; empty if it does not.
	HTTPAddr string
	// Output is what it has logged, a JSON object a line.
	Output *Log

	options VTNOptions
	env     []string
	folder  string
	close   func()

	mu      sync.Mutex
	process *process // nil before the first start
	closed  bool
}

// StartVTN runs `vtn-xmpp serve` in a folder of its own. It returns when /readyz answers 200.
func StartVTN(ctx context.Context, o VTNOptions) (*VTN, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("vtn")
	if err != nil {
		return nil, err
	}
	secret := filepath.Join(folder, "secret")
	v := &VTN{APIURL: "http://" + loopback(port), Output: NewLog(), options: o, folder: folder}
	v.close = closing(ctx, func() {
		v.end()
		_ = os.RemoveAll(folder)
	})
	if err := os.WriteFile(secret, []byte(o.Secret+"\n"), 0o600); err != nil {
		v.Close()
		return nil, err
	}
	store := o.Store
	if store == "" {
		store = "sqlite:" + filepath.Join(folder, "vtn.db")
	}
	v.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder,
		"VTN_XMPP_SERVER=" + o.Server, "VTN_XMPP_DOMAIN=" + o.Domain, "VTN_XMPP_SECRET_FILE=" + secret,
		"VTN_STORE=" + store, "VTN_API_LISTEN=" + loopback(port), "VTN_LOG_FORMAT=json",
	}
	if o.HTTPS != nil {
		port, err := FreePort()
		if err != nil {
			v.Close()
			return nil, err
		}
		v.HTTPAddr = loopback(port)
		v.env = append(v.env, o.HTTPS.Env(v.HTTPAddr)...)
	}
	v.env = append(v.env, o.Env...)
	if err := v.Start(ctx); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Start starts the VTN again after Terminate or Kill, with the same settings and store. It returns when /readyz answers 200.
func (v *VTN) Start(ctx context.Context) error {
	p, err := v.launch()
	if err != nil || v.options.Unready {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := p.await(ctx, v.ready); err != nil {
		p.stop()
		return fmt.Errorf("%w; its log ends:\n%s", err, v.Output.Tail(30))
	}
	return nil
}

func (v *VTN) launch() (*process, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil, errors.New("the VTN is closed")
	}
	cmd := exec.Command(v.options.Binary, "serve")
	cmd.Dir, cmd.Env = v.folder, v.env
	cmd.Stdout, cmd.Stderr = v.Output, v.Output
	p, err := start("vtn-xmpp", cmd)
	if err != nil {
		return nil, err
	}
	v.process = p
	return p, nil
}

func (v *VTN) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.APIURL+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1000))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("/readyz answers %s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	return err
}

// Close stops the VTN for good and removes its folder.
func (v *VTN) Close() { v.close() }

func (v *VTN) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.process != nil {
		v.process.stop()
	}
}

func (v *VTN) current() *process {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.process
}

// PID is the id of the running process.
func (v *VTN) PID() int { return v.current().cmd.Process.Pid }

// Terminate sends SIGTERM and returns the status the VTN ends with, -1 if it had to be killed.
func (v *VTN) Terminate() int {
	p := v.current()
	p.stop()
	return p.exitCode()
}

// Kill ends the VTN with SIGKILL, as a crash would.
func (v *VTN) Kill() {
	p := v.current()
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Freeze stops the process where it is; Thaw lets it go on.
func (v *VTN) Freeze() { v.current().signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (v *VTN) Thaw() { v.current().signal(syscall.SIGCONT) }

// Wait waits until the VTN has ended by itself and returns its status.
func (v *VTN) Wait(ctx context.Context) (int, error) {
	p := v.current()
	select {
	case <-p.done:
		return p.exitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("vtn-xmpp still runs: %w; its log ends:\n%s", ctx.Err(), v.Output.Tail(30))
	}
}

// WaitLog waits for a line of the log that contains text and returns it.
func (v *VTN) WaitLog(ctx context.Context, text string) (string, error) {
	return v.Output.Wait(ctx, text)
}
