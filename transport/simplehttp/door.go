package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
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

// known looks at where a connection comes from.
func (d *door) known(raw net.Conn, old bool) *conn {
	c := &conn{Conn: raw, conns: d.conns, address: raw.RemoteAddr().String(), old: old}
	if at, err := netip.ParseAddrPort(c.address); err == nil {
		c.address, c.network = at.Addr().Unmap().String(), networkOf(at.Addr().Unmap())
		for _, proxy := range d.cfg.Proxies {
			c.proxy = c.proxy || !old && proxy.Contains(at.Addr().Unmap())
		}
	}
	return c
}

// admit has a connection show its certificate and hands it to the HTTP server.
func (d *door) admit(c *conn) {
	_ = c.SetDeadline(time.Now().Add(d.timing.handshake))
	ready, err := d.meet(c)
	if err != nil {
		_ = c.Close()
		return
	}
	_ = c.SetDeadline(time.Time{})
	c.idle.Store(time.Now().UnixNano())
	evicted, ok := d.conns.settle(c)
	if evicted != nil {
		d.reject(rejectShare)
		_ = evicted.Close()
	}
	if !ok {
		d.reject(rejectShare)
		d.about(c.identity).Str("identity", c.identity).Str("address", c.address).Msg("closed a connection: its certificate has too many")
		_ = c.Close()
		return
	}
	d.bring(ready, c)
}

// errNotTaken is why a connection is closed that was counted already.
var errNotTaken = errors.New("not taken")

// meet returns a connection to read requests from. A proxy may speak HTTP or TLS, everybody else TLS.
func (d *door) meet(c *conn) (net.Conn, error) {
	with := d.credentials.Load()
	c.vens = with.vens
	config := with.forVEN
	if c.old {
		config = with.forOld
	}
	if c.proxy {
		if err := c.await(); err != nil {
			return nil, err
		}
		const handshake = 22 // the type of TLS's first record
		if c.first[0] != handshake {
			return c, nil
		}
		config = with.forProxy
	}
	if config == nil {
		d.reject(rejectPlain)
		d.about(c.network).Str("address", c.address).Msg("closed a connection: without a certificate of the VTN only the proxies of VTN_HTTP_PROXIES may connect, without TLS")
		return nil, errNotTaken
	}
	t := tls.Server(c, config)
	c.shakes = &handshake{all: d.shakes, until: time.Now().Add(d.timing.handshake)}
	err := t.HandshakeContext(d.working)
	c.shakes.pause()
	c.shakes = nil
	if err != nil {
		d.failed(c, err)
		return nil, err
	}
	if peers := t.ConnectionState().PeerCertificates; len(peers) > 0 {
		c.identity, c.expires = fingerprint.Of(peers[0].Raw), peers[0].NotAfter
	}
	return t, nil
}

// failed counts a handshake that failed and logs it.
func (d *door) failed(c *conn, err error) {
	d.reject(rejectHandshake)
	line := d.about(c.network).Str("address", c.address).Err(err)
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) && len(certificate.UnverifiedCertificates) > 0 {
		shown := certificate.UnverifiedCertificates[0]
		line = line.Str("identity", fingerprint.Of(shown.Raw)).Str("subject", excerpt.Of(shown.Subject.String()))
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			line = line.Str("do", "if this VEN is yours, put the authority that issued its certificate into VTN_HTTP_CLIENT_CA_FILE")
		}
	}
	line.Msg("no TLS with a VEN")
}
