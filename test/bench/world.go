package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// Domains of equal length, so that the bytes are the same but for one letter.
const (
	vtnDomain  = "vtn.localhost"
	bareDomain = "bar.localhost"
	twoDomain  = "two.localhost" // of a VTN with two connections
)

// world is what all figures are measured in: a server, the crowd of clients,
// the bare component, and a binary of the VTN.
type world struct {
	options
	server    *rig.Ejabberd
	serverPID int
	crowd     *child
	bare      *child
	binary    string
	folder    string
	most      int    // clients
	files     uint64 // that this process, or one that it starts, may have open
	began     time.Time
}

func newWorld(ctx context.Context, o options) (*world, error) {
	w := &world{options: o, most: slices.Max(o.sizes), files: raiseFiles(filesForAll), began: time.Now()}
	var err error
	if w.folder, err = os.MkdirTemp("", "vtn-bench-"); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { os.RemoveAll(w.folder) })
	w.say("building vtn-xmpp and starting ejabberd")
	if w.binary, err = rig.Build(ctx); err != nil {
		return nil, err
	}
	// Without busy waiting, processor time means work.
	w.server, err = rig.StartEjabberd(ctx, rig.EjabberdOptions{
		Components: []string{vtnDomain, bareDomain, twoDomain}, Open: true, Erl: "+sbwt none +sbwtdcpu none +sbwtdio none",
	})
	if err != nil {
		return nil, err
	}
	pid, err := os.ReadFile(filepath.Join(w.server.Dir, "beam.pid"))
	if err != nil {
		return nil, err
	}
	if w.serverPID, err = strconv.Atoi(strings.TrimSpace(string(pid))); err != nil {
		return nil, err
	}
	if w.crowd, err = startChild(ctx, "crowd", w.server.OpenAddr, w.server.Domain); err != nil {
		return nil, err
	}
	clients := 0
	if !slices.Equal(o.parts, []string{"http"}) {
		clients = ingestClients
	}
	if o.pushes() {
		clients = max(clients, w.most)
	}
	w.say("%d clients log in", clients)
	if err := w.crowd.ask(ctx, "login %d", clients); err != nil {
		return nil, err
	}
	if w.bare, err = startChild(ctx, "bare", w.server.ComponentAddr, bareDomain, w.server.SecretFile); err != nil {
		return nil, err
	}
	if o.pushes() {
		err = w.record(ctx)
	}
	return w, err
}

// say reports progress.
func (w *world) say(format string, args ...any) {
	fmt.Printf("%6.1f s  %s\n", time.Since(w.began).Seconds(), fmt.Sprintf(format, args...))
}

// store makes a store with n VENs.
func (w *world) store(ctx context.Context, name string, n int) (string, error) {
	path := filepath.Join(w.folder, name+".db")
	return path, seed(ctx, path, w.server.Domain, n, w.sizes, false)
}

// reportStore makes a store with the VENs that report.
func (w *world) reportStore(ctx context.Context, name string) (string, error) {
	path := filepath.Join(w.folder, name+".db")
	return path, seed(ctx, path, w.server.Domain, ingestClients, nil, true)
}

// record lets a VTN push an event to all clients, and gives the very bytes to
// the bare component.
func (w *world) record(ctx context.Context) error {
	w.say("recording what the VTN writes to %d VENs", w.most)
	path, err := w.store(ctx, "record", w.most)
	if err != nil {
		return err
	}
	t, err := startTap(w.server.ComponentAddr)
	if err != nil {
		return err
	}
	v, err := w.startVTN(ctx, path, vtnDomain, t.addr())
	if err != nil {
		return err
	}
	_, err = v.fanOut(ctx, group(w.most), w.most)
	v.Close()
	written := t.close()
	if err != nil {
		return err
	}
	var stanzas [][]byte
	for rest := written; ; {
		var iq []byte
		if iq, rest = nextIQ(rest); iq == nil {
			break
		}
		if tag := openingTag(iq); string(attribute(tag, "type")) == "set" && len(stanzas) < w.most {
			stanzas = append(stanzas, bytes.ReplaceAll(iq, []byte(vtnDomain), []byte(bareDomain)))
		}
	}
	if len(stanzas) != w.most {
		return fmt.Errorf("recorded %d pushes, there are %d clients", len(stanzas), w.most)
	}
	slices.SortFunc(stanzas, func(a, b []byte) int {
		return bytes.Compare(attribute(openingTag(a), "to"), attribute(openingTag(b), "to"))
	})
	file := filepath.Join(w.folder, "stanzas")
	if err := os.WriteFile(file, append(bytes.Join(stanzas, []byte("\n")), '\n'), 0o600); err != nil {
		return err
	}
	return w.bare.ask(ctx, "load %s", file)
}
