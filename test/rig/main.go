package rig

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs a program that uses this package and ends it with the status run returns. SIGINT and SIGTERM end run's context, and
// everything started under it, before the program ends.
func Main(run func(context.Context) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(ctx)
	status := run(ctx)
	cancel()
	unclosed.Wait()
	stop()
	os.Exit(status)
}
