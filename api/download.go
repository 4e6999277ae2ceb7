package api

import (
	"context"
	"net/http"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// download writes all of some data.
type download struct {
	w    http.ResponseWriter
	as   dataWriter
	read readData
}

// dataWriter writes values in one form.
type dataWriter interface {
	value(*core.Value) error
	flush() error // what was written so far
	end() error
}

// run begins with what was read first. A client has a minute to take each part;
// ctx ends when it is gone.
func (d *download) run(ctx context.Context, q core.ValueQuery, values []core.Value, next *core.ValueKey) error {
	connection := http.NewResponseController(d.w)
	for {
		// Fails where the connection has no deadlines: there is none to move.
		_ = connection.SetWriteDeadline(time.Now().Add(writeTime))
		for i := range values {
			if err := d.as.value(&values[i]); err != nil {
				return err
			}
		}
		if next == nil {
			return d.as.end()
		}
		if err := d.as.flush(); err != nil {
			return err
		}
		q.After = *next
		var err error
		if values, next, err = d.read(ctx, q); err != nil {
			return err
		}
	}
}
