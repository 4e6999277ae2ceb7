package main

import (
	"fmt"
	"runtime/debug"
	"text/tabwriter"
)

type versionCommand struct{}

func (*versionCommand) Help() string {
	return `The version is the tag or the commit that the program was built from.

Example:

  vtn-xmpp version`
}

func (*versionCommand) Run(o output) error {
	return o.print(map[string]string{"version": version()}, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "vtn-xmpp", version())
	})
}

// built is the version that "git describe" tells, set by -ldflags "-X main.built=…".
// The image is built without the repository, so Go cannot tell it there.
var built string

// version is the tag or commit that the program was built from.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(built, info)
}

// versionOf prefers what the build said to what Go recorded, and is "unknown" if
// neither says anything. info may be nil.
func versionOf(built string, info *debug.BuildInfo) string {
	switch {
	case built != "":
		return built
	case info == nil || info.Main.Version == "" || info.Main.Version == "(devel)":
		return "unknown"
	}
	return info.Main.Version
}
