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
		fmt.Println(e.ClientAddr)
		<-ctx.Done()
		return 7
	})
}

func startProgram(t *testing.T) (cmd *exec.Cmd, addr string) {
	t.Helper()
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
	return cmd, strings.TrimSpace(line)
}

func TestMainStopsEverythingAtAnInterrupt(t *testing.T) {
	t.Parallel()
	cmd, addr := startProgram(t)
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

func TestGuardKillsWhatAKilledProgramLeaves(t *testing.T) {
	t.Parallel()
	cmd, addr := startProgram(t)
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatal("ejabberd outlived the program")
		}
		time.Sleep(20 * time.Millisecond) // nothing tells when another program's child has ended
	}
}
