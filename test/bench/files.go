package main

import "syscall"

// raiseFiles lets this process, and with it all that it starts, have so many open files, where it may: beyond the hard limit only
// with CAP_SYS_RESOURCE. It returns how many it may have then.
func raiseFiles(want uint64) uint64 {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 1024
	}
	for _, limit := range []uint64{max(want, files.Max), files.Max} {
		raised := syscall.Rlimit{Cur: limit, Max: limit}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			return limit
		}
	}
	return files.Cur
}
