package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ReportValue is the value of one data point in one interval.
type ReportValue struct {
	RID         string          `json:"rID" doc:"Empty for Green Button data, which has none"`
	Start       time.Time       `json:"start"`
	Duration    string          `json:"duration" doc:"PT0S: the VEN did not say"`
	Value       *float64        `json:"value" nullable:"true" doc:"null for a status or Green Button data, or if the VEN says that it has no value (NaN)"`
	Quality     string          `json:"quality"`
	Confidence  *uint32         `json:"confidence" nullable:"true"`
	Accuracy    *float64        `json:"accuracy" nullable:"true"`
	Status      *ResourceStatus `json:"status,omitempty"`
	GreenButton []string        `json:"greenButton,omitempty" doc:"Each is an atom:feed as the VEN sent it"`
	ReceivedAt  time.Time       `json:"receivedAt"`
}

// ResourceStatus is the state of a resource.
type ResourceStatus struct {
	Online           bool              `json:"online"`
	ManualOverride   bool              `json:"manualOverride"`
	LoadControlState *LoadControlState `json:"loadControlState,omitempty"`
}

// LoadControlState is how a resource is controlled.
type LoadControlState struct {
	Capacity      *LoadControl `json:"capacity,omitempty"`
	LevelOffset   *LoadControl `json:"levelOffset,omitempty"`
	PercentOffset *LoadControl `json:"percentOffset,omitempty"`
	SetPoint      *LoadControl `json:"setPoint,omitempty"`
}

// LoadControl is one value of a [LoadControlState].
type LoadControl struct {
	Min     *float64 `json:"min" nullable:"true"`
	Max     *float64 `json:"max" nullable:"true"`
	Current float64  `json:"current"`
	Normal  *float64 `json:"normal" nullable:"true"`
}

// DataSource says whose data to read: that of one request, or that of all requests
// for a VEN's report.
type DataSource struct {
	ReportRequestID string

	VENID, ReportSpecifierID string // instead of a ReportRequestID
}

func (s DataSource) path(q url.Values) string {
	if s.ReportRequestID != "" {
		return path("report-requests", s.ReportRequestID) + "/data?" + q.Encode()
	}
	q.Set("reportSpecifierID", s.ReportSpecifierID)
	return path("vens", s.VENID) + "/data?" + q.Encode()
}

// DataFilter chooses data. A field that is empty chooses all.
type DataFilter struct {
	Start, End time.Time // intervals that begin at Start or later, and before End
	RIDs       []string
}

func (f DataFilter) query() url.Values {
	q := url.Values{}
	if !f.Start.IsZero() {
		q.Set("start", f.Start.UTC().Format(time.RFC3339Nano))
	}
	if !f.End.IsZero() {
		q.Set("end", f.End.UTC().Format(time.RFC3339Nano))
	}
	for _, id := range f.RIDs {
		q.Add("rID", id)
	}
	return q
}

// DataClient is the part of a [Client] for the data of reports.
type DataClient struct{ api *connection }

// ReportData lists data, oldest first. cursor is the Next of an earlier page, or
// empty; limit 0 is the server's choice. A page may be shorter than its limit, even
// empty, before the end of the data.
func (c *DataClient) ReportData(ctx context.Context, of DataSource, f DataFilter, cursor string, limit int) (*Page[ReportValue], error) {
	q := f.query()
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return send[Page[ReportValue]](ctx, c.api, http.MethodGet, of.path(q), nil)
}

// LatestReportData lists the last count values, at most 100, oldest first.
func (c *DataClient) LatestReportData(ctx context.Context, of DataSource, f DataFilter, count int) ([]ReportValue, error) {
	q := f.query()
	q.Set("latest", strconv.Itoa(count))
	p, err := send[Page[ReportValue]](ctx, c.api, http.MethodGet, of.path(q), nil)
	if err != nil {
		return nil, err
	}
	return p.Items, nil
}

// Format is the format of a download.
type Format string

const (
	FormatCSV  Format = "csv"
	FormatJSON Format = "json" // {"items": [ReportValue …]}
)

// contentType is what the API answers with.
func (f Format) contentType() string {
	if f == FormatCSV {
		return "text/csv"
	}
	return "application/json"
}

// DownloadReportData writes all data to w, oldest first. After an error, what it has
// written is incomplete.
func (c *DataClient) DownloadReportData(ctx context.Context, of DataSource, f DataFilter, format Format, w io.Writer) error {
	q := f.query()
	q.Set("format", string(format))
	req, err := c.api.request(ctx, http.MethodGet, of.path(q), nil)
	if err != nil {
		return err
	}
	patient := *c.api
	begins := http.DefaultTransport.(*http.Transport).Clone()
	begins.ResponseHeaderTimeout = c.api.http.Timeout
	patient.http = &http.Client{CheckRedirect: c.api.http.CheckRedirect, Transport: begins} // the download may take any time once it has begun
	defer begins.CloseIdleConnections()
	resp, err := patient.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("the API's answer broke off: %w", err)
		}
		return c.api.refusal(resp, raw)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, format.contentType()) {
		return c.api.notOurs(resp, fmt.Errorf("it is %.50q", kind))
	}
	n, err := io.Copy(w, resp.Body)
	if err != nil {
		return fmt.Errorf("the download broke off after %d bytes and is incomplete: %w", n, err)
	}
	return nil
}
