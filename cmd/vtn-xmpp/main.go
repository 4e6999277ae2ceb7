// Command vtn-xmpp is an OpenADR 2.0b virtual top node that uses XMPP, the operator's
// command line for it, and a fleet of simulated VENs to try it with.
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

	Serve       serveCommand       `cmd:"" help:"Run the VTN."`
	Event       eventCommands      `cmd:"" help:"Create, show and change events."`
	Report      reportCommands     `cmd:"" help:"Ask for reports and read their data."`
	VEN         venCommands        `cmd:"" name:"ven" help:"Enter, show and change VENs."`
	Opt         optCommands        `cmd:"" help:"List which events VENs opted in to or out of."`
	Stream      streamCommand      `cmd:"" help:"Follow what happens, as it happens."`
	User        userCommands       `cmd:"" help:"Add and change users of the API, and their tokens."`
	Audit       auditCommands      `cmd:"" help:"Show who changed what."`
	Webhook     webhookCommands    `cmd:"" help:"Have systems of yours sent what happens."`
	Payload     payloadCommands    `cmd:"" help:"Check and format OpenADR payloads, without a VTN."`
	Certificate certificateCommand `cmd:"" help:"Print the fingerprints of certificates."`
	Simulate    simulateCommand    `cmd:"" help:"Run a fleet of simulated VENs."`
	Health      healthCommand      `cmd:"" help:"Say whether the VTN is ready; if so, the exit status is 0."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

const about = `An OpenADR 2.0b VTN that speaks XMPP, beside an XMPP server, and simpleHttp.

Settings come from flags, then the environment, then the file in VTN_CONFIG
(by default ./vtn-xmpp.yaml, if it exists). The file uses the names of the
environment, such as "VTN_STORE: sqlite:vtn.db". There are no flags for secrets,
because other users of the machine would see them.

Put -- before an ID that begins with -, as in "ven show -- -7". For a flag use =,
as in "--ven=-7".`

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vtn-xmpp:", err)
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			if strings.HasPrefix(err.Error(), "unknown flag") {
				fmt.Fprintln(os.Stderr, "vtn-xmpp: if that is an ID, put -- before it")
			}
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	p, err := newProgram(ctx)
	if err != nil {
		return err
	}
	return p.run(args)
}

// program runs command lines. Most of the time goes into its parser.
type program struct {
	line     commands
	settings *settings
	parser   *kong.Kong
}

func newProgram(ctx context.Context) (*program, error) {
	p := &program{settings: newSettings(os.LookupEnv)}
	var err error
	if p.parser, err = newParser(&p.line, kong.Resolvers(p.settings), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p.settings)); err != nil {
		return nil, err
	}
	p.settings.know(p.parser.Model)
	return p, nil
}

func (p *program) run(args []string) error {
	chosen, err := p.parser.Parse(args)
	if err := errors.Join(p.settings.err, err); err != nil {
		return err
	}
	return chosen.Run(p.line.Output)
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
