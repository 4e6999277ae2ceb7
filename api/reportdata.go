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

// downloadAtOnce is how many values a download reads from the store at once.
const downloadAtOnce = 1000

// ReportData is what the API needs of a [VTN] for the data of reports.
type ReportData interface {
	ReportData(ctx context.Context, reportRequestID string, q core.ValueQuery) (values []core.Value, next *core.ValueKey, err error)
	VENReportData(ctx context.Context, venID, specifierID string, q core.ValueQuery) (values []core.Value, next *core.ValueKey, err error)
}

type dataHandlers struct{ vtn ReportData }

func (h *dataHandlers) register(api huma.API) {
	add(api, dataOperation(api, "getReportData", "/report-requests/{reportRequestID}/data", "List or download the data of a report request"), nil, h.reportData)
	add(api, dataOperation(api, "getVENReportData", "/vens/{venID}/data", "List or download the data of a VEN's report, whichever requests it was sent for"), nil, h.venReportData)
}

func dataOperation(api huma.API, id, path, summary string) huma.Operation {
	op := operation(id, http.MethodGet, path, summary)
	op.Description = "Oldest values first. Without a format the answer is a page of the data. A page may be shorter than its limit, even empty: there is more while it has a next.\n\n" +
		"format=csv, or Accept: text/csv, downloads all values as CSV (RFC 4180, UTF-8). The first line names the columns as the JSON names its members; those inside status are named by their path. " +
		"Several Green Button feeds are in one cell, each on a line of its own. " +
		"A text that begins with = + - @ or their full-width forms, with ', a tab or a line end has a ' before it, so that no program takes a VEN's text for a formula. Numbers stand as they are.\n\n" +
		"format=json downloads all values as the JSON of one page without a next. A download that fails is cut off: the transfer ends without its last chunk, and JSON ends too early."
	op.Responses = answers(http.StatusOK, schemaOf[client.Page[client.ReportValue]](api))
	op.Responses["200"].Content[csvType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	return op
}

// DataQuery chooses report data and its format.
type DataQuery struct {
	Start  string   `query:"start" doc:"Intervals that begin at this time or later: RFC 3339" example:"2026-11-24T17:00:00Z"`
	End    string   `query:"end" doc:"Intervals that begin before this time: RFC 3339" example:"2026-11-25T17:00:00Z"`
	RIDs   []string `query:"rID,explode" doc:"Only these data points; may be repeated"`
	Limit  int      `query:"limit" minimum:"1" maximum:"1000" doc:"The most values of a page; 100 if left out"`
	Cursor string   `query:"cursor" doc:"The next of the page before" maxLength:"1000"`
	Latest int      `query:"latest" minimum:"1" maximum:"100" doc:"This many of the last values, instead of a page"`
	Format string   `query:"format" enum:"csv,json" doc:"Download all values, instead of a page"`
	Accept string   `header:"Accept" hidden:"true"`
}

// dataAnswer is data in the format that the request asks for.
type dataAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// readData reads a page of data. next is nil at the end.
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

// limited limits each read to [answerTime].
func (read readData) limited() readData {
	return func(ctx context.Context, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		return read(ctx, q)
	}
}

// answerData answers with what read reads. It reads the first page of a download
// before the answer begins, so that an error can still be answered. name is the
// file's, named is the thing that the data belongs to.
func answerData(ctx context.Context, in DataQuery, name, named string, read readData) (*dataAnswer, error) {
	q, format, err := in.query()
	if err != nil {
		return nil, refuse(ctx, err)
	}
	read = read.limited()
	values, next, err := read(ctx, q)
	if err != nil {
		return nil, refuseOf(ctx, err, named)
	}
	if format == onePage {
		return &dataAnswer{ContentType: jsonType, Body: func(ctx huma.Context) {
			page := client.Page[client.ReportValue]{Items: []client.ReportValue{}, Next: formatValueCursor(next)}
			for i := range values {
				page.Items = append(page.Items, showValue(&values[i]))
			}
			writeJSON(ctx.BodyWriter().(http.ResponseWriter), http.StatusOK, jsonType, page)
		}}, nil
	}
	out := &dataAnswer{ContentType: jsonType, Disposition: attachment(name + "." + string(format))}
	if format == client.FormatCSV {
		out.ContentType = csvType + "; charset=utf-8; header=present"
	}
	out.Body = func(answer huma.Context) {
		w := answer.BodyWriter().(http.ResponseWriter)
		d := download{w: w, out: newJSONData(w), read: read}
		if format == client.FormatCSV {
			d.out = newCSVData(w)
		}
		if err := d.run(ctx, q, values, next); err != nil {
			zerolog.Ctx(ctx).Info().Err(err).Msg("a download broke off")
			panic(http.ErrAbortHandler) // so that nobody takes it for complete
		}
	}
	return out, nil
}

// onePage is the format of an answer that is no download.
const onePage client.Format = "page"

// query reads the parameters.
func (in *DataQuery) query() (q core.ValueQuery, format client.Format, err error) {
	var found problems
	q = core.ValueQuery{RIDs: in.RIDs, Limit: in.Limit, From: found.instant("start", in.Start), To: found.instant("end", in.End)}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		found.add("end", "is not after start")
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	after, ok := parseValueCursor(in.Cursor)
	if q.After = after; !ok {
		return q, "", errCursor
	}
	format = onePage
	if in.Format != "" {
		format = client.Format(in.Format)
	}
	page := in.Limit != 0 || in.Cursor != ""
	if format == onePage && in.Latest == 0 && !page && negotiation.SelectQValue(in.Accept, []string{jsonType, csvType}) == csvType {
		format = client.FormatCSV
	}
	switch {
	case format != onePage && (page || in.Latest != 0):
		found.add("format", "downloads all values; leave out limit, cursor and latest")
	case in.Latest != 0 && page:
		found.add("latest", "returns them all at once; leave out limit and cursor")
	case format != onePage:
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

// attachment is the Content-Disposition by which a browser saves the answer, under a
// name that fits any file system.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, name)
	return mime.FormatMediaType("attachment", map[string]string{"filename": strings.TrimLeft(name, ".")})
}

// formatValueCursor writes a cursor, which is empty at the end of the data.
func formatValueCursor(k *core.ValueKey) string {
	if k == nil {
		return ""
	}
	return fmt.Sprintf("%s.%s.%s", strconv.FormatInt(k.Start.UnixMilli(), 36), strconv.FormatInt(k.RequestNo, 36), strconv.FormatInt(k.PointNo, 36))
}

func parseValueCursor(cursor string) (k core.ValueKey, ok bool) {
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
