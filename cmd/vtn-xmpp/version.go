package main

import (
	"fmt"
	"runtime/debug"
	"text/tabwriter"
)

type versionCommand struct{}

func (*versionCommand) Help() string {
	return `Example:

  vtn-xmpp version`
}

func (*versionCommand) Run(o output) error {
	return o.print(map[string]string{"version": version()}, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "vtn-xmpp", version())
	})
}

// version is what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
