package registry

import (
	"encoding/json"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// delivered is what deliveries have in common that are one row of the journal.
type delivered struct {
	rev  int64
	what string
	code int
	err  string
}

// deliveries gathers deliveries into few rows. Those of one VEN keep their order.
type deliveries struct {
	rows []*alikeDeliveries
	open map[delivered]*alikeDeliveries // rows that more may go into
	vens map[int64]bool                 // the VENs in them
}

type alikeDeliveries struct {
	delivered
	vens []int64
}

func (d *deliveries) add(venNo int64, one delivered) {
	if d.open == nil || d.vens[venNo] {
		d.open, d.vens = map[delivered]*alikeDeliveries{}, map[int64]bool{}
	}
	row := d.open[one]
	if row == nil {
		row = &alikeDeliveries{delivered: one}
		d.open[one] = row
		d.rows = append(d.rows, row)
	}
	row.vens = append(row.vens, venNo)
	d.vens[venNo] = true
}

// noteDeliveries adds a row for VENs whose pushes of one revision have one outcome.
func (s *session) noteDeliveries(now time.Time, rev int64, what string, code int, failure string, vens []int64) {
	if len(vens) == 0 {
		return
	}
	body, _ := json.Marshal(core.JournalBody{Revision: rev, Code: code, Error: failure}) // it has JSON
	s.notes = append(s.notes, note{entries: len(vens), at: now.UnixMilli(), kind: core.JournalDelivery, what: what, rev: rev, body: string(body), members: numbers(vens)})
}
