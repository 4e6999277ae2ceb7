package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

// table is what became of the event, as the VENs and the VTN tell it.
type table struct {
	began    time.Time // the API's answer
	back     time.Time // when the absentee began to log in
	watch    *watch
	accounts []fleet.Account
	rows     []row
}

type row struct {
	venID, who string        // account or certificate
	way        string        // how it speaks with the VTN
	after      time.Duration // until the VEN held the event
	away       bool          // counted from its login
	opt        string        // as the VTN has it on record
	problem    string
}

// fill asks the VTN for its record and holds it against what the VENs told.
func (t *table) fill(ctx context.Context, operator *client.Client, eventID string) error {
	record := map[string]client.EventVEN{}
	acknowledged := func() (bool, error) {
		vens, err := operator.EventVENs(ctx, eventID)
		for _, v := range vens {
			record[v.VENID] = v
		}
		return len(vens) == len(t.accounts) && !slices.ContainsFunc(vens, func(v client.EventVEN) bool { return v.Delivery != "acknowledged" }), err
	}
	if err := t.watch.poll(ctx, "every delivery to be on record", acknowledged); err != nil {
		return err
	}
	for i, a := range t.accounts {
		away := i == len(t.accounts)-1
		wanted := "optIn"
		if i == overX-1 {
			wanted = "optOut"
		}
		venID := fmt.Sprintf("ven%02d", i+1)
		r := row{venID: venID, who: a.String(), way: wayOf(i), away: away, opt: record[venID].Opt}
		from := t.began
		if away {
			from = t.back
		}
		r.after = t.watch.held[a.String()].Sub(from)
		switch {
		case t.watch.held[a.String()].IsZero():
			r.problem = "the VEN does not hold the event"
		case r.opt != wanted || t.watch.opts[a.String()] != wanted:
			r.problem = "wanted " + wanted
		case !away && t.watch.ids[a.String()] != venID:
			r.problem = "registered as " + t.watch.ids[a.String()]
		}
		t.rows = append(t.rows, r)
	}
	return nil
}

// wayOf is how the VEN with an index speaks with the VTN.
func wayOf(i int) string {
	switch i {
	case poller:
		return "HTTPS, polls"
	case pushee:
		return "HTTPS, pushed"
	}
	return "XMPP"
}

func (t *table) print() {
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "venID\tby\taccount or certificate\tms to VEN\topt\t")
	for _, r := range t.rows {
		remark := r.problem
		if r.away && remark == "" {
			remark = "was away; ms from its login"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1f\t%s\t%s\n", r.venID, r.way, r.who, float64(r.after.Microseconds())/1000, r.opt, remark)
	}
	w.Flush()
	fmt.Println("\nms to VEN: from the API's answer to the VEN holding the event; below 0 the VEN was faster than the answer.\nWho polls does so every second.")
}

// verdict is nil if every line is as it should be.
func (t *table) verdict() error {
	for _, r := range t.rows {
		if r.problem != "" {
			return fmt.Errorf("%s: %s", r.venID, r.problem)
		}
	}
	fmt.Printf("All %d VENs hold the event, and their opts are on record.\n", len(t.rows))
	return nil
}
