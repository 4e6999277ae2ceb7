package simplehttp

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// door lets connections in. It is the listener of the HTTP server, which gets only those whose certificate is known: a crowd of
// connections that never show one takes nothing from it.
type door struct {
	*base
	conns  *connections
	wrong  error // with the settings
	shakes *handshakes

	mu       sync.Mutex
	listener net.Listener
	old      net.Listener // for old VENs; nil: none
	in       chan net.Conn
	closed   chan struct{}
	closing  sync.Once
	resting  sync.WaitGroup // connections that wait for their next request
	trouble  error          // why nobody is let in
}

func newDoor(b *base, conns *connections) *door {
	return &door{base: b, conns: conns, shakes: newHandshakes(), in: make(chan net.Conn), closed: make(chan struct{}), wrong: b.cfg.check()}
}

// Listen begins to listen. Connections are let in by [Transport.Run].
func (d *door) Listen() (net.Addr, error) {
	if d.wrong != nil {
		return nil, d.wrong
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener == nil {
		l, err := net.Listen("tcp", d.cfg.Listen)
		if err != nil {
			return nil, fmt.Errorf("VTN_HTTP_LISTEN: %w", err)
		}
		if err := d.listenOld(); err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("VTN_HTTP_LISTEN_OLD: %w", err)
		}
		d.listener = l
		d.tell()
	}
	return d.listener.Addr(), nil
}

// listenOld begins to listen on the port for old VENs, if there is to be one.
func (d *door) listenOld() (err error) {
	if d.cfg.ListenOld == "" {
		return nil
	}
	if d.old, err = net.Listen("tcp", d.cfg.ListenOld); err == nil {
		d.log.Warn().Str("address", d.old.Addr().String()).
			Msg("simpleHttp listens with TLS 1.0, which can be broken, for VENs of 2.0a that know nothing newer; let nobody but these reach the port")
	}
	return err
}

// OldAddr is where old VENs connect, once it listens; nil: nowhere.
func (d *door) OldAddr() net.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.old == nil {
		return nil
	}
	return d.old.Addr()
}

// tell logs where it listens, and what an operator should know of the settings.
func (d *door) tell() {
	d.log.Info().Str("address", d.listener.Addr().String()).Str("tls", string(d.cfg.TLS)).Int("certificates", len(d.cfg.Certificates)).
		Int("proxies", len(d.cfg.Proxies)).Stringer("poll", d.cfg.Poll).Msg("simpleHttp listens")
	d.tellLacking()
	d.fit()
}

// tellLacking logs that the VTN lacks a kind of certificate.
func (d *door) tellLacking() {
	own := d.credentials.Load().own
	if err := lacking(own); err != nil && len(own) > 0 {
		d.log.Warn().Err(err).Msg("simpleHttp: not every VEN of the profile can connect; name certificates with both kinds of key in VTN_HTTP_CERT_FILE")
	}
}

// fit lowers the number of connections to what the limit of open files allows, so that the rest of the process can open its own.
// Go has raised the soft limit to the hard one.
func (d *door) fit() {
	var files syscall.Rlimit
	needed := uint64(d.cfg.Connections) + otherFiles
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur >= needed {
		return
	}
	d.conns.most = max(16, int(files.Cur)-otherFiles)
	d.log.Warn().Uint64("files", files.Cur).Uint64("needed", needed).Int("connections", d.conns.most).Int("wanted", d.cfg.Connections).
		Msg("simpleHttp: the limit of open files is below what VTN_HTTP_CONNECTIONS needs, so fewer connections are let in; raise it (LimitNOFILE= of systemd, VTN_NOFILE of docker-compose.yml), or lower that setting")
}

// otherFiles may be open in the process beside connections, such as those of pushes.
const otherFiles = 1024

// Accept returns the next connection whose certificate is known.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.in:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Addr is where it listens.
func (d *door) Addr() net.Addr { return d.listener.Addr() }

// Close lets nobody in any more.
func (d *door) Close() error {
	d.closing.Do(func() {
		d.mu.Lock()
		close(d.closed)
		d.mu.Unlock()
		d.listener.Close()
		if d.old != nil {
			d.old.Close()
		}
		for _, c := range d.conns.undecided() {
			_ = c.Close()
		}
	})
	return nil
}

// acceptPause is how long nobody is let in after the system could not, such as for want of file descriptors.
const acceptPause = 100 * time.Millisecond

// open lets connections in until the door is closed. The handshakes run side by side.
func (d *door) open() {
	var wg sync.WaitGroup
	defer wg.Wait()
	if d.old != nil {
		wg.Go(func() { d.accept(d.old, &wg) })
	}
	d.accept(d.listener, &wg)
}

// accept lets in who comes to one of the ports.
func (d *door) accept(from net.Listener, wg *sync.WaitGroup) {
	for {
		raw, err := from.Accept()
		d.note(err)
		switch {
		case err == nil:
			c := d.known(raw, from == d.old)
			evicted, ok := d.conns.arrive(c)
			if evicted != nil {
				d.reject(rejectPending)
				_ = evicted.Close()
			}
			if !ok {
				d.reject(rejectCrowd)
				_ = raw.Close()
				continue
			}
			wg.Go(func() { d.admit(c) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			select {
			case <-time.After(acceptPause):
			case <-d.closed:
			}
		}
	}
}

// note remembers whether connections can be let in, and logs a change.
func (d *door) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil && d.trouble == nil && !errors.Is(err, net.ErrClosed) {
		d.log.Error().Err(err).Msg("simpleHttp: connections cannot be accepted; see the limit of open files")
	}
	d.trouble = err
}

// Ready fails if VENs cannot connect. Anybody may read its error.
func (d *door) Ready() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.listener == nil:
		return errors.New("does not listen yet")
	case d.trouble != nil:
		return errors.New("cannot accept connections: see the limit of open files; the log says more")
	}
	for _, c := range d.credentials.Load().own {
		if c.Leaf != nil && d.clock.Now().After(c.Leaf.NotAfter) {
			return errors.New("the VTN's own certificate has expired: renew VTN_HTTP_CERT_FILE")
		}
	}
	return nil
}
