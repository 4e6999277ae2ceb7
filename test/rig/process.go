package rig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long a part may take to stop before it is killed.
const grace = 30 * time.Second

// process is a started command with everything it starts in turn: a process group of its own, which ends as a whole.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}  // closed when the command has ended and its group is gone
	quit syscall.Signal // asks it to stop
}

// start starts cmd.
func start(name string, cmd *exec.Cmd) (*process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.WaitDelay = time.Second
	p := &process{name: name, cmd: cmd, done: make(chan struct{}), quit: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	group := cmd.Process.Pid
	if err := tellGuard("start", group); err != nil {
		p.killGroup()
		return nil, errors.Join(err, cmd.Wait())
	}
	go func() {
		_ = cmd.Wait() // exitCode tells
		p.killGroup()
		_ = tellGuard("end", group)
		close(p.done)
	}()
	return p, nil
}

// stop ends the process: it is asked to stop, and what is left after the grace period is killed. It returns when all has ended.
func (p *process) stop() {
	p.signal(p.quit)
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT) // a frozen one hears nothing
	select {
	case <-p.done:
	case <-time.After(grace):
		p.killGroup()
		<-p.done
	}
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) killGroup() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// exitCode is the status the process ended with, -1 if a signal ended it. Call it after done.
func (p *process) exitCode() int { return p.cmd.ProcessState.ExitCode() }

// await calls try until it succeeds, the process ends or ctx does. The pause between two tries is the only polling here: none of
// the parts can say by itself that it is ready.
func (p *process) await(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended before it was ready: %v", p.name, p.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (%w)", p.name, err, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
