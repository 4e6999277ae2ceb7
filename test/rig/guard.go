package rig

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// The guard is a process beside this one that knows every process group and folder made here and clears away what is left of them
// when this program ends: by a panic, by a test's timeout or by kill -9, where nothing in it can.
const guardScript = `
declare -A groups
folders=()
while read -r what it; do
	case $what in
	start) groups[$it]=1 ;;
	end) unset "groups[$it]" ;;
	folder) folders+=("$it") ;;
	esac
done
for group in "${!groups[@]}"; do kill -KILL -- "-$group"; done 2>/dev/null
rm -rf -- "${folders[@]}"`

var guard struct {
	mu sync.Mutex
	in io.Writer
}

func tellGuard(what string, it any) error {
	guard.mu.Lock()
	defer guard.mu.Unlock()
	if guard.in == nil {
		cmd := exec.Command("bash", "-c", guardScript)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start the guard of processes: %w", err)
		}
		guard.in = in
	}
	_, err := fmt.Fprintln(guard.in, what, it)
	return err
}
