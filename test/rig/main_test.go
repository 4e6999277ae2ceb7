package rig_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// The test binary is also the program that TestMainStopsEverything and TestGuard… run: one that starts an ejabberd, prints where it
// listens, and waits.
func TestMain(m *testing.M) {
	if os.Getenv("RIG_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	rig.Main(func(ctx context.Context) int {
		e, err := rig.StartEjabberd(ctx, rig.EjabberdOptions{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(e.ClientAddr, e.Dir)
		<-ctx.Done()
		return 7
	})
}

func startProgram(t *testing.T) (cmd *exec.Cmd, addr, dir string) {
	t.Helper()
	rig.NeedEjabberd(t)
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RIG_PROGRAM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr, dir, _ = strings.Cut(strings.TrimSpace(line), " ")
	return cmd, addr, dir
}

func TestMainStopsEverythingAtAnInterrupt(t *testing.T) {
	t.Parallel()
	cmd, addr, _ := startProgram(t)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 7 {
		t.Errorf("the program ended with %d, want what its function returned", status)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("ejabberd outlived the program")
	}
}

func TestGuardClearsAwayWhatAKilledProgramLeaves(t *testing.T) {
	t.Parallel()
	cmd, addr, dir := startProgram(t)
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, listens := net.Dial("tcp", addr)
		if listens == nil {
			c.Close()
		}
		if _, err := os.Stat(dir); listens != nil && os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("ejabberd (%v) or its folder outlived the program", listens)
		}
		time.Sleep(20 * time.Millisecond) // nothing tells when another program's child has ended
	}
}
