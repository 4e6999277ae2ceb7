package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are taken from below the range that the kernel gives to outgoing connections, so that a connection made between
// FreePort and the use of the port does not take it.
const (
	firstPort = 20000
	lastPort  = 31999
)

var (
	portsMu    sync.Mutex
	portsTaken = map[int]net.Listener{}
)

// FreePort returns a TCP port that nothing listens on at 127.0.0.1. It returns no port twice, nor one that another program with
// this package has: an abstract socket of its name says so for as long as the program lives.
func FreePort() (int, error) {
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		reserved, err := net.Listen("unix", fmt.Sprintf("@vtn-rig-port-%d", port))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			reserved.Close()
			continue
		}
		l.Close()
		portsTaken[port] = reserved
		return port, nil
	}
	return 0, fmt.Errorf("no free port from %d to %d on 127.0.0.1", firstPort, lastPort)
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
