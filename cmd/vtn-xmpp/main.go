// Command vtn-xmpp is an OpenADR 2.0b virtual top node that speaks XMPP, the
// operator's command line for it, and a fleet of simulated VENs to try it with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Output output `short:"o" enum:"table,json" default:"table" help:"How to print results: ${enum}."`

	Serve    serveCommand    `cmd:"" help:"Run the VTN."`
	Event    eventCommands   `cmd:"" help:"Create, show and change events."`
	Report   reportCommands  `cmd:"" help:"Ask for reports and read what VENs measure."`
	VEN      venCommands     `cmd:"" name:"ven" help:"Enter, show and change VENs."`
	Opt      optCommands     `cmd:"" help:"Show what VENs opted in to or out of."`
	Payload  payloadCommands `cmd:"" help:"Check and write OpenADR payloads, without a VTN."`
	Simulate simulateCommand `cmd:"" help:"Run a fleet of simulated VENs."`
	Health   healthCommand   `cmd:"" help:"Say whether the VTN is ready; the exit status is 0 if so."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

const about = `An OpenADR 2.0b VTN beside an XMPP server.

Settings come from flags, then the environment, then the file that VTN_CONFIG
names (./vtn-xmpp.yaml if it is there). The file has the same names as the
environment, such as "VTN_STORE: sqlite:vtn.db". Secrets are no flags: other
users of the machine would see them.

An ID that begins with - is given after --, as in "ven show -- -7", or with =
where a flag takes it, as in "--ven=-7".`

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vtn-xmpp:", err)
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			if strings.HasPrefix(err.Error(), "unknown flag") {
				fmt.Fprintln(os.Stderr, "vtn-xmpp: if that is an ID, give it after --")
			}
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var line commands
	settings := newSettings(os.LookupEnv)
	parser, err := newParser(&line, kong.Resolvers(settings), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(settings))
	if err != nil {
		return err
	}
	settings.know(parser.Model)
	chosen, err := parser.Parse(args)
	if err := errors.Join(settings.err, err); err != nil {
		return err
	}
	return chosen.Run(line.Output)
}

// newParser makes the parser of a command line.
func newParser(line *commands, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(line, append(more,
		kong.Name("vtn-xmpp"),
		kong.Description(about),
		defaults,
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true}),
	)...)
}
