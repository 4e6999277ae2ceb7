package api

import (
	"context"
	"net/http"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// download writes all pages of data.
type download struct {
	w    http.ResponseWriter
	out  dataWriter
	read readData
}

// dataWriter writes values in one format.
type dataWriter interface {
	value(*core.Value) error
	flush() error // sends what was written so far
	end() error
}

// run writes values, the first page, and then all others. A client has [writeTime]
// to take each page; ctx ends when the client is gone.
func (d *download) run(ctx context.Context, q core.ValueQuery, values []core.Value, next *core.ValueKey) error {
	connection := http.NewResponseController(d.w)
	for {
		// This fails only if the connection has no deadlines, so there is none to move.
		_ = connection.SetWriteDeadline(time.Now().Add(writeTime))
		for i := range values {
			if err := d.out.value(&values[i]); err != nil {
				return err
			}
		}
		if next == nil {
			return d.out.end()
		}
		if err := d.out.flush(); err != nil {
			return err
		}
		q.After = *next
		var err error
		if values, next, err = d.read(ctx, q); err != nil {
			return err
		}
	}
}
