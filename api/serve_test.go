package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
)

// listener tells when it is closed.
type listener struct {
	net.Listener
	once   sync.Once
	closed chan bool
}

func (l *listener) Close() error {
	defer l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// TestServeFinishesWhatIsUnderWay ends Serve while it answers a request.
func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{Listener: inner, closed: make(chan bool)}
	arrived, release := make(chan bool), make(chan bool)
	server := api.New(api.Config{Ready: []api.Part{{Name: "slow", Check: func(context.Context) error {
		close(arrived)
		<-release
		return nil
	}}}}, nil)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()

	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-arrived
	stop()
	<-l.closed // Serve is ending
	close(release)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", resp.StatusCode, err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
