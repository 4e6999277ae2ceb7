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

// built is what a build says that knows more than Go does, by -ldflags -X.
var built string

// version is what the program was built from.
func version() string {
	if built != "" {
		return built
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
