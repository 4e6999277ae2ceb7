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
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// downloadAtOnce is how many values of a download are read at once.
const downloadAtOnce = 1000

// ReportData is what the API needs of a [VTN] for the data of reports.
type ReportData interface {
	ReportData(ctx context.Context, reportRequestID string, q core.ValueQuery) (values []core.Value, next *core.ValueKey, err error)
	VENReportData(ctx context.Context, venID, specifierID string, q core.ValueQuery) (values []core.Value, next *core.ValueKey, err error)
}

type dataHandlers struct{ vtn ReportData }

func (h *dataHandlers) register(api huma.API) {
	add(api, dataOperation(api, "getReportData", "/report-requests/{reportRequestID}/data", "List or download the data of a report request"), nil, h.reportData)
	add(api, dataOperation(api, "getVENReportData", "/vens/{venID}/data", "List or download the data of a VEN's report, whatever request it came for"), nil, h.venReportData)
}

func dataOperation(api huma.API, id, path, summary string) huma.Operation {
	op := operation(id, http.MethodGet, path, summary)
	op.Description = "Oldest first. Without a format it is a part of the data; it may be shorter than its limit, even empty: go on while there is a next.\n\n" +
		"format=csv, or Accept: text/csv, downloads all of it as CSV (RFC 4180, UTF-8) under a line with the names of the columns: " +
		"those of the JSON, with those inside status by their path, and several Green Button feeds in one cell, each on a line of its own. " +
		"So that no program takes a text of the VEN's for a formula, a text that begins with = + - @, with their full-width forms, with ', a tab or a line end has a ' before it; numbers stand as they are.\n\n" +
		"format=json downloads all of it as the JSON of one part without a next. A download that fails is cut off: the transfer ends without its last chunk, and JSON before its end."
	op.Responses = answers(http.StatusOK, schemaOf[client.Page[client.ReportValue]](api))
	op.Responses["200"].Content[csvType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	return op
}

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

func (h *dataHandlers) reportData(ctx context.Context, in *struct {
	ReportRequestID string `path:"reportRequestID"`
	DataQuery
}) (*dataAnswer, error) {
	id := in.ReportRequestID
	return answerData(ctx, in.DataQuery, id, reportRequestNamed(id), func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		return h.vtn.ReportData(ctx, id, q)
	})
}

func (h *dataHandlers) venReportData(ctx context.Context, in *struct {
	VENID             string `path:"venID"`
	ReportSpecifierID string `query:"reportSpecifierID" required:"true" maxLength:"1000"`
	DataQuery
}) (*dataAnswer, error) {
	return answerData(ctx, in.DataQuery, in.VENID+"-"+in.ReportSpecifierID, venNamed(in.VENID), func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		return h.vtn.VENReportData(ctx, in.VENID, in.ReportSpecifierID, q)
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

// answerData answers with what read reads. The first part of a download is read before
// the answer begins, so that what is wrong can be told.
func answerData(ctx context.Context, in DataQuery, name, what string, read readData) (*dataAnswer, error) {
	q, format, err := in.query()
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	read = read.bounded()
	values, next, err := read(ctx, q)
	if err != nil {
		return nil, refuse(ctx, err, what)
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
		p.add(name, "%q is not a time with a zone such as 2026-11-24T17:00:00Z; the + of an offset is %%2B in a URL", excerpt.Of(text))
	case t.Year() < 1 || t.Year() > 9999:
		p.add(name, "%q is not in the years 1 to 9999", excerpt.Of(text))
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
