package simplehttp

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestPushPool: of too many connections, and of those that nothing uses, the oldest are closed.
func TestPushPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPushPool(3, time.Minute)
		other := map[string]net.Conn{}
		put := func(key string) {
			here, there := net.Pipe()
			other[key] = there
			p.put(poolKey{host: key}, &pushConn{Conn: tls.Client(here, &tls.Config{}), stop: func() bool { return true }})
		}
		open := func(key string) bool {
			_ = other[key].SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := other[key].Read(make([]byte, 1))
			return err != nil && err.Error() != "EOF"
		}
		for i := range 4 {
			put(fmt.Sprint(i))
			time.Sleep(time.Second)
		}
		for key, want := range map[string]bool{"0": false, "1": true, "2": true, "3": true} {
			if open(key) != want {
				t.Errorf("%s: open %v", key, !want)
			}
		}
		take := func(key string) *pushConn { return p.take(poolKey{host: key}) }
		if take("0") != nil || take("1") == nil || take("1") != nil {
			t.Error("taken were others than those that are kept")
		}
		time.Sleep(58*time.Second + 500*time.Millisecond)
		synctest.Wait()
		if open("2") || !open("3") || !open("1") {
			t.Errorf("after a minute: open %v %v %v", open("2"), open("3"), open("1"))
		}
		p.close()
		if put("5"); open("3") || open("5") {
			t.Error("open after close")
		}
		_ = other["1"].Close()
	})
}
