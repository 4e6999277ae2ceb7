package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type reportCommands struct {
	Request reportRequest `cmd:"" help:"Ask VENs for reports, by JSON or by flags."`
	List    reportList    `cmd:"" help:"List report requests, newest first."`
	Show    reportShow    `cmd:"" help:"Show a report request with its last values."`
	Data    reportData    `cmd:"" help:"Print or download the data of reports."`
	Cancel  reportCancel  `cmd:"" help:"Cancel a report request, or an order with all its requests."`
	Orders  reportOrders  `cmd:"" help:"List report orders, or show one."`
	Publish reportPublish `cmd:"" help:"Tell a VEN again which reports the VTN offers."`
}

type reportRequest struct {
	connection
	File string `arg:"" optional:"" help:"File with the JSON of a request, or of several as {\"requests\": [...]}, - for the standard input; otherwise flags describe one."`

	VEN           []string `group:"Whom to ask" name:"ven" sep:"none" placeholder:"VENID" help:"One VEN. May be repeated, like the flags below."`
	Group         []string `group:"Whom to ask" sep:"none" placeholder:"GROUP" help:"The VENs of a group."`
	Resource      []string `group:"Whom to ask" sep:"none" placeholder:"RESOURCE" help:"The VENs with a resource."`
	Party         []string `group:"Whom to ask" sep:"none" placeholder:"PARTY" help:"The VENs of a party."`
	MarketContext []string `group:"Whom to ask" sep:"none" placeholder:"URI" help:"The VENs of a market context."`
	All           bool     `group:"Whom to ask" help:"All VENs."`

	Specifier   string   `group:"What for" placeholder:"ID" help:"reportSpecifierID; METADATA asks for the registration of reports itself."`
	RID         []string `group:"What for" name:"rid" sep:"none" placeholder:"RID" help:"Data point; by default all that match. May be repeated."`
	ReportName  string   `group:"What for" placeholder:"NAME" help:"reportName, such as TELEMETRY_USAGE."`
	ReportType  string   `group:"What for" placeholder:"TYPE" help:"reportType of the data points, such as usage."`
	Measurement string   `group:"What for" placeholder:"UNIT" help:"Type of the data points' unit, such as powerReal."`

	Granularity string `group:"When" placeholder:"PT1M" help:"Length of the intervals in periodic reports; by default as the VEN chooses."`
	ReportBack  string `group:"When" placeholder:"PT5M" help:"How often to report, no longer than the VEN keeps its values; by default once, at once."`
	Start       string `group:"When" placeholder:"TIME" help:"When to begin, such as 2026-11-24T17:00:00Z, by default now. For a history, the begin of the wanted time, by default as long ago as --duration."`
	Duration    string `group:"When" placeholder:"P1D" help:"For how long; by default until it is cancelled, for a history until now."`
	Standing    bool   `group:"How" help:"Ask again whenever a VEN registers matching reports, VENs that come later included."`
	Piggyback   bool   `group:"How" help:"Ask in the answer when the VEN next registers its reports, instead of by push."`
}

func (*reportRequest) Help() string {
	return `"ven reports" lists the reports that a VEN offers. A VEN forgets all requests when it
registers its reports anew, for example after each start; with --standing the VTN asks
again.

A telemetry report comes once with the current values, or periodically with
--report-back. A history report comes once, for the time of --start and --duration, in
intervals that the VEN chooses.

Examples:

  vtn-xmpp report request --ven ven-1 --specifier telemetry --granularity PT1M --report-back PT5M
  vtn-xmpp report request --ven ven-1 --specifier status
  vtn-xmpp report request --group north --measurement powerReal --report-back PT15M --standing
  vtn-xmpp report request --ven ven-1 --specifier history --duration P1D
  vtn-xmpp report request --ven ven-1 --specifier history --start "$(date -ud yesterday +%FT00:00:00Z)" --duration P1D
  vtn-xmpp report request requests.json`
}

func (c *reportRequest) Run(ctx context.Context, s *settings, o output) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	made, err := api.RequestReports(ctx, spec)
	if err != nil {
		return err
	}
	return o.print(made, func(w *tabwriter.Writer) {
		if made.Count > 0 {
			requestTable(w, made.Items)
		}
		c.next(w, made)
	})
}

// next says how to see the outcome.
func (c *reportRequest) next(w *tabwriter.Writer, made *client.ReportsRequested) {
	for _, order := range made.Orders {
		switch {
		case made.Count > 0:
			fmt.Fprintf(w, "see how they go with: vtn-xmpp report list --order %s\n", order.OrderID)
		default:
			fmt.Fprintf(w, "no VEN can report this so far; order %s asks those that come later, until: vtn-xmpp report cancel --order %[1]s\n", order.OrderID)
		}
	}
	if len(made.Orders) == 0 {
		fmt.Fprintf(w, "see how it goes with: vtn-xmpp report show %s\n", made.Items[0].ReportRequestID)
	}
}

func (c *reportRequest) spec() (any, error) {
	spec := client.ReportRequestSpec{
		ReportSpecifierID:  c.Specifier,
		RIDs:               c.RID,
		ReportName:         c.ReportName,
		ReportType:         c.ReportType,
		Measurement:        c.Measurement,
		Granularity:        c.Granularity,
		ReportBackDuration: c.ReportBack,
		Standing:           c.Standing,
		Piggyback:          c.Piggyback,
	}
	start, err := instant("--start", c.Start)
	if err != nil {
		return nil, err
	}
	if !start.IsZero() {
		spec.Start = &start
	}
	if c.Duration != "" {
		spec.Duration = &c.Duration
	}
	whom := client.Targets{All: c.All, VENIDs: c.VEN, Groups: c.Group, Resources: c.Resource, Parties: c.Party, MarketContexts: c.MarketContext}
	one := len(c.VEN) == 1 && reflect.DeepEqual(whom, client.Targets{VENIDs: c.VEN})
	switch nobody := reflect.DeepEqual(whom, client.Targets{}); {
	case c.File != "" && !(nobody && reflect.DeepEqual(spec, client.ReportRequestSpec{})):
		return nil, errors.New("give a FILE or flags, not both")
	case c.File != "":
		return readJSON(c.File)
	case nobody:
		return nil, errors.New("give a FILE, or whom to ask: --ven, --group, --resource, --party, --market-context or --all")
	case one:
		spec.VENID = c.VEN[0]
	default:
		spec.Targets = &whom
	}
	return spec, nil
}

// instant reads a flag that is a time. The time is zero if the flag is not given.
func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s %q is not a time with a zone, such as 2026-11-24T17:00:00Z", flag, text)
	}
	return t, nil
}

func requestTable(w *tabwriter.Writer, requests []client.ReportRequest) {
	row(w, "reportRequestID", "state", "venID", "report", "name", "rIDs", "granularity", "report back", "start", "duration", "last data", "last error")
	for _, q := range requests {
		row(w, q.ReportRequestID, q.State, q.VENID, q.ReportSpecifierID, q.ReportName, few(q.RIDs), q.Granularity, q.ReportBackDuration,
			at(q.Start), orNothing(q.Duration), at(q.LastDataAt), q.LastError)
	}
}

// few writes at most five items of a list.
func few(values []string) string {
	if more := len(values) - 5; more > 0 {
		return strings.Join(values[:5], " ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(values, " ")
}

func orNothing(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

type reportPublish struct {
	connection
	VENID string `arg:"" name:"ven-id" help:"venID."`
}

func (*reportPublish) Help() string {
	return `After each new registration of a VEN, the VTN does this by itself before anything else. The list is empty, because the VTN offers no reports; VENs
wait for it all the same. Everything else for the VEN waits until it has answered, for at most 10 s.

Example:

  vtn-xmpp report publish ven-1`
}

func (c *reportPublish) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if err := api.PublishReports(ctx, c.VENID); err != nil {
		return err
	}
	return o.print(map[string]string{"published": c.VENID}, func(w *tabwriter.Writer) {
		fmt.Fprintf(w, "%s will be told which reports the VTN offers\n", c.VENID)
	})
}
