// Command bench measures the VTN beside a bare component, in one run on one
// machine: a real ejabberd, thousands of clients, and by turns the VTN and a
// component that does nothing but write the same bytes and count the results.
// So each figure is a ratio between neighbours; see docs/PERFORMANCE.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// part is something that is measured.
type part struct {
	name    string
	pushes  bool // to a crowd as large as the largest fan-out
	measure func(*world, context.Context, *report) error
}

// parts are all there are, in order.
var parts = []part{
	{"fanout", true, (*world).fanOuts},
	{"idle", true, (*world).idle},
	{"connections", true, (*world).connections},
	{"registry", true, (*world).registry},
	{"ingest", false, (*world).ingest},
	{"hostile", false, (*world).hostile},
	{"http", false, (*world).simpleHTTP},
}

// options say how much is measured.
type options struct {
	sizes      []int // VENs of a fan-out
	pairs      int   // measurements of each figure
	registered int   // VENs in the registry's figures
	parts      []string
	out        string
}

// pushes reports whether any part needs pushes to a crowd.
func (o options) pushes() bool {
	return slices.ContainsFunc(parts, func(p part) bool { return p.pushes && slices.Contains(o.parts, p.name) })
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "crowd":
			os.Exit(crowdMain(os.Args[2:]))
		case "bare":
			os.Exit(bareMain(os.Args[2:]))
		case "httpcrowd":
			os.Exit(httpCrowdMain(os.Args[2:]))
		case "barehttp":
			os.Exit(bareHTTPMain(os.Args[2:]))
		}
	}
	var o options
	sizes := flag.String("n", "100,1000,5000,10000", "VENs of a fan-out, `LIST` with commas")
	chosen := flag.String("parts", "fanout,idle,connections,registry,ingest,hostile,http", "what is measured, `LIST` with commas")
	flag.IntVar(&o.pairs, "pairs", 7, "pairs of measurements; medians are told")
	flag.IntVar(&o.registered, "registry", 100_000, "VENs registered for the registry's figures; 0 leaves them out")
	flag.StringVar(&o.out, "out", "build/bench.json", "where the figures go, `FILE`")
	limit := flag.Duration("limit", 30*time.Minute, "most time it may take")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "usage: go run ./test/bench [flags]\n\nMeasures the VTN beside a bare component on a real ejabberd. Examples:\n\n"+
			"  go run ./test/bench\n  go run ./test/bench -n 1000 -pairs 3 -registry 0\n  go run ./test/bench -parts ingest\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || n > 10_000 {
			fmt.Fprintf(os.Stderr, "bench: -n %q: give numbers from 1 to 10000\n", s)
			os.Exit(2)
		}
		o.sizes = append(o.sizes, n)
	}
	for _, name := range strings.Split(*chosen, ",") {
		if o.parts = append(o.parts, strings.TrimSpace(name)); !slices.ContainsFunc(parts, func(p part) bool { return p.name == strings.TrimSpace(name) }) {
			fmt.Fprintf(os.Stderr, "bench: -parts %q: give some of fanout, idle, connections, registry, ingest, hostile, http\n", name)
			os.Exit(2)
		}
	}
	rig.Main(func(ctx context.Context) int {
		ctx, cancel := context.WithTimeout(ctx, *limit)
		defer cancel()
		if err := run(ctx, o); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			return 1
		}
		return 0
	})
}

func run(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	var r report
	for _, p := range parts {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		if err := p.measure(w, ctx, &r); err != nil {
			return err
		}
	}
	return r.write(o.out)
}
