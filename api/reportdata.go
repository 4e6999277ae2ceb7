package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// downloadAtOnce is how many values of a download are read at once.
const downloadAtOnce = 1000

// DataQuery chooses report data, and in which form.
type DataQuery struct {
	Start  string   `query:"start" doc:"Intervals that begin then or later: RFC 3339" example:"2026-11-24T17:00:00Z"`
	End    string   `query:"end" doc:"Intervals that begin before: RFC 3339" example:"2026-11-25T17:00:00Z"`
	RIDs   []string `query:"rID,explode" doc:"Of these data points only; may be repeated"`
	Limit  int      `query:"limit" minimum:"1" maximum:"1000" doc:"Of a part; 100 if left out"`
	Cursor string   `query:"cursor" doc:"next of the part before" maxLength:"1000"`
	Latest int      `query:"latest" minimum:"1" maximum:"100" doc:"So many of the last values, instead of a part"`
	Format string   `query:"format" enum:"csv,json" doc:"Download all, instead of a part"`
	Accept string   `header:"Accept" hidden:"true"`
}

// dataAnswer is data in the form that was asked for.
type dataAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// readData reads a part of some data.
type readData func(context.Context, core.ValueQuery) (values []core.Value, next *core.ValueKey, err error)

func (s *Server) reportData(ctx context.Context, in *struct {
	ReportRequestID string `path:"reportRequestID"`
	DataQuery
}) (*dataAnswer, error) {
	id := in.ReportRequestID
	return s.data(ctx, in.DataQuery, id, reportRequestNamed(id), func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		return s.vtn.ReportData(ctx, id, q)
	})
}

func (s *Server) venReportData(ctx context.Context, in *struct {
	VENID             string `path:"venID"`
	ReportSpecifierID string `query:"reportSpecifierID" required:"true" maxLength:"1000"`
	DataQuery
}) (*dataAnswer, error) {
	return s.data(ctx, in.DataQuery, in.VENID+"-"+in.ReportSpecifierID, venNamed(in.VENID), func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		return s.vtn.VENReportData(ctx, in.VENID, in.ReportSpecifierID, q)
	})
}

// bounded reads each part within the time for an answer.
func (read readData) bounded() readData {
	return func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		return read(ctx, q)
	}
}

// data answers with what read reads. The first part of a download is read before
// the answer begins, so that what is wrong can be told.
func (s *Server) data(ctx context.Context, in DataQuery, name, what string, read readData) (*dataAnswer, error) {
	q, format, err := in.query()
	if err != nil {
		return nil, s.refuse(ctx, err, "")
	}
	read = read.bounded()
	values, next, err := read(ctx, q)
	if err != nil {
		return nil, s.refuse(ctx, err, what)
	}
	if format == "" {
		return &dataAnswer{ContentType: jsonType, Body: func(ctx huma.Context) {
			page := client.Page[client.ReportValue]{Items: []client.ReportValue{}, Next: writeValueKey(next)}
			for i := range values {
				page.Items = append(page.Items, showValue(&values[i]))
			}
			writeJSON(ctx.BodyWriter().(http.ResponseWriter), http.StatusOK, jsonType, page)
		}}, nil
	}
	out := &dataAnswer{ContentType: jsonType, Disposition: attachment(name + "." + format)}
	if format == client.FormatCSV {
		out.ContentType = csvType + "; charset=utf-8; header=present"
	}
	out.Body = func(answer huma.Context) {
		w := answer.BodyWriter().(http.ResponseWriter)
		d := download{w: w, as: newJSONData(w), read: read}
		if format == client.FormatCSV {
			d.as = newCSVData(w)
		}
		if err := d.run(ctx, q, values, next); err != nil {
			zerolog.Ctx(ctx).Info().Err(err).Msg("a download broke off")
			panic(http.ErrAbortHandler) // so that nobody takes it for whole
		}
	}
	return out, nil
}

// query reads what was asked for. The format is empty for a part.
func (in *DataQuery) query() (q core.ValueQuery, format string, err error) {
	var found problems
	q = core.ValueQuery{RIDs: in.RIDs, Limit: in.Limit, From: found.instant("start", in.Start), To: found.instant("end", in.End)}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		found.add("end", "is not after start")
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	after, ok := readValueKey(in.Cursor)
	if q.After = after; !ok {
		return q, "", badCursor
	}
	format = in.Format
	part := in.Limit != 0 || in.Cursor != ""
	if format == "" && in.Latest == 0 && !part && negotiation.SelectQValue(in.Accept, []string{jsonType, csvType}) == csvType {
		format = client.FormatCSV
	}
	switch {
	case format != "" && (part || in.Latest != 0):
		found.add("format", "downloads all; leave out limit, cursor and latest")
	case in.Latest != 0 && part:
		found.add("latest", "is all at once; leave out limit and cursor")
	case format != "":
		q.Limit = downloadAtOnce
	case in.Latest != 0:
		q.Newest, q.Limit = true, in.Latest
	}
	if found != nil {
		return q, "", &core.InvalidError{Problems: found}
	}
	return q, format, nil
}

// instant reads a time in a query.
func (p *problems) instant(name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		p.add(name, "%q is not a time with a zone such as 2026-11-24T17:00:00Z; the + of an offset is %%2B in a URL", clip(text))
	case t.Year() < 1 || t.Year() > 9999:
		p.add(name, "%q is not in the years 1 to 9999", clip(text))
	}
	return t
}

// attachment has a browser save what comes under a name that is fit for any disk.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, name)
	return mime.FormatMediaType("attachment", map[string]string{"filename": strings.TrimLeft(name, ".")})
}

// writeValueKey makes a cursor of a place, empty for none.
func writeValueKey(k *core.ValueKey) string {
	if k == nil {
		return ""
	}
	return fmt.Sprintf("%s.%s.%s", strconv.FormatInt(k.Start.UnixMilli(), 36), strconv.FormatInt(k.RequestNo, 36), strconv.FormatInt(k.PointNo, 36))
}

func readValueKey(cursor string) (k core.ValueKey, ok bool) {
	if cursor == "" {
		return k, true
	}
	parts := strings.Split(cursor, ".")
	if len(parts) != 3 {
		return k, false
	}
	var numbers [3]int64
	for i, part := range parts {
		n, err := strconv.ParseInt(part, 36, 64)
		if err != nil || n < 0 {
			return k, false
		}
		numbers[i] = n
	}
	return core.ValueKey{Start: time.UnixMilli(numbers[0]), RequestNo: numbers[1], PointNo: numbers[2]}, true
}

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
