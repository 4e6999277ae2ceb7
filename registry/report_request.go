package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// requestBody is the part of a report request that no query looks for and nothing
// changes.
type requestBody struct {
	ReportName string        `json:"reportName,omitempty"`
	RIDs       []string      `json:"rIDs"`
	ReportBack time.Duration `json:"reportBack,omitempty"`
	Start      time.Time     `json:"start"`
	Duration   time.Duration `json:"duration,omitempty"`
}

// selectRequest takes the time of the last data from the latest value, because
// storing values does not write the row of the request.
const selectRequest = `SELECT q.no, q.report_request_id, q.order_id, q.ven_no, v.ven_id, q.specifier_id, q.granularity_ms, q.body, q.state, q.rev,
       q.piggyback, q.to_follow, q.last_owed, q.ride_until, q.rode, q.created_at, q.created_by, q.told_at,
       coalesce((SELECT x.received_at FROM report_value x WHERE x.request_no = q.no ORDER BY x.start_at DESC LIMIT 1), q.data_at), q.ended_at, q.code, q.error
  FROM report_request q JOIN ven v ON v.no = q.ven_no `

func (t requestTx) ReportRequest(reportRequestID string) (*core.ReportRequest, error) {
	requests, err := t.requests(nil, t.locked(selectRequest+`WHERE q.report_request_id = $1`), reportRequestID)
	if err == nil && len(requests) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, "report request %.100q", reportRequestID)
	}
	return requests[0], nil
}

func (t requestTx) ReportRequestsByID(ids []string) (map[string]*core.ReportRequest, error) {
	found := make(map[string]*core.ReportRequest, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	err := t.rows(`SELECT no, report_request_id, ven_no, specifier_id, granularity_ms, state, rev, piggyback, to_follow, last_owed, rode, data_at FROM report_request
 WHERE `+t.InTexts("report_request_id", 1), []any{texts(ids)}, func(scan func(...any) error) error {
		var r core.ReportRequest
		var no, venNo, granularity, rev integer
		err := scan(&no, &r.ReportRequestID, &venNo, &r.SpecifierID, &granularity, (*string)(&r.State), &rev, &r.Piggyback, &r.ToFollow, &r.LastOwed, &r.Rode, at(&r.DataAt))
		r.No, r.VENNo, r.Rev, r.Granularity = int64(no), int64(venNo), int64(rev), time.Duration(granularity)*time.Millisecond
		found[r.ReportRequestID] = &r
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find %d report requests: %w", len(ids), err)
	}
	return found, nil
}

func (t requestTx) RequestedRIDs(nos []int64) (map[int64][]string, error) {
	rIDs := make(map[int64][]string, len(nos))
	err := t.rows(`SELECT no, body FROM report_request WHERE `+t.InList("no", 1), []any{numbers(nos)},
		func(scan func(...any) error) error {
			var no int64
			var body []byte
			var b requestBody
			if err := scan(&no, &body); err != nil {
				return err
			}
			err := json.Unmarshal(body, &b)
			rIDs[no] = b.RIDs
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find what %d report requests ask for: %w", len(nos), err)
	}
	return rIDs, nil
}

func (t requestTx) ReportRequests(f core.ReportFilter, before int64, limit int) (requests []*core.ReportRequest, next int64, err error) {
	where, args := `WHERE (q.no < $1 OR $1 = 0)`, []any{before, limit + 1}
	add := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(condition, len(args))
	}
	if f.VENID != "" {
		add(` AND q.ven_no = (SELECT no FROM ven WHERE ven_id = $%d)`, f.VENID)
	}
	if f.SpecifierID != "" {
		add(` AND q.specifier_id = $%d`, f.SpecifierID)
	}
	if f.OrderID != "" {
		add(` AND q.order_id = $%d`, f.OrderID)
	}
	if f.State != "" {
		add(` AND q.state = $%d`, f.State)
	}
	p := part{limit: limit}
	requests, err = t.requests(&p, selectRequest+where+` ORDER BY q.no DESC LIMIT $2`, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("list report requests: %w", err)
	}
	if p.more {
		next = requests[len(requests)-1].No
	}
	return requests, next, nil
}

const open = `q.state IN ('pending', 'active', 'cancelling')`

// OpenReports is [core.ReportReader.OpenReports]. There is an index for it.
func (t requestTx) OpenReports(venNos []int64) ([]*core.ReportRequest, error) {
	return t.requestsIn(`(`+open+` OR q.last_owed)`, venNos)
}

func (t requestTx) UntoldReports(venNos []int64) ([]*core.ReportRequest, error) {
	return t.requestsIn(`q.state IN ('pending', 'cancelling')`, venNos)
}

// riding selects requests whose cancellation waits to ride on an update. There is an
// index for it.
const riding = `q.state = 'cancelling' AND q.piggyback`

func (t requestTx) StrandedCancellations(now time.Time, limit int) ([]*core.ReportRequest, error) {
	requests, err := t.requests(nil, t.locked(selectRequest+`WHERE `+riding+` AND q.ride_until <= $1 ORDER BY q.ven_no, q.no LIMIT $2`), now.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("list cancellations of reports that are to be pushed: %w", err)
	}
	return requests, nil
}

func (t requestTx) NextStranded() (next time.Time, err error) {
	if err := t.row(`SELECT min(q.ride_until) FROM report_request q WHERE `+riding, nil, at(&next)); err != nil {
		return next, fmt.Errorf("look when a cancellation of reports is to be pushed: %w", err)
	}
	return next, nil
}

func (t requestTx) OpenReportsOfOrder(orderID string) ([]*core.ReportRequest, error) {
	requests, err := t.requests(nil, t.locked(selectRequest+`WHERE q.order_id = $1 AND `+open+` ORDER BY q.ven_no, q.no`), orderID)
	if err != nil {
		return nil, fmt.Errorf("list the open requests of report order %.100q: %w", orderID, err)
	}
	return requests, nil
}

func (t requestTx) requestsIn(state string, venNos []int64) ([]*core.ReportRequest, error) {
	requests, err := t.requests(nil, t.locked(ofVENs(t.Dialect, state)), numbers(venNos))
	if err != nil {
		return nil, fmt.Errorf("list the report requests of %d VENs: %w", len(venNos), err)
	}
	return requests, nil
}

// ofVENs selects the requests of VENs in a state. There is an index for each state
// that is asked for.
func ofVENs(d *database.Dialect, state string) string {
	return selectRequest + `WHERE ` + state + `
   AND ` + d.InList("q.ven_no", 1) + ` ORDER BY q.ven_no, q.no`
}

// locked makes transactions that change a request wait for each other, and the later
// one see what the first did: the words of the VEN, the outcome of its push and
// changes by the operator may come at once. All transactions lock by VEN and No, so
// that no two wait for each other. Values that refer to a request can be stored
// meanwhile.
func (t requestTx) locked(query string) string {
	if t.Locks() {
		query += ` FOR NO KEY UPDATE OF q`
	}
	return query
}

func (t requestTx) requests(p *part, query string, args ...any) (requests []*core.ReportRequest, err error) {
	err = t.rows(query, args, func(scan func(...any) error) error {
		if p.full() {
			return database.ErrEnough
		}
		var r core.ReportRequest
		var granularity int64
		var body []byte
		var b requestBody
		if err := scan(&r.No, &r.ReportRequestID, &r.OrderID, &r.VENNo, &r.VENID, &r.SpecifierID, &granularity, &body, &r.State, &r.Rev,
			&r.Piggyback, &r.ToFollow, &r.LastOwed, at(&r.RideUntil), &r.Rode, at(&r.CreatedAt), &r.CreatedBy, at(&r.ToldAt), at(&r.DataAt), at(&r.EndedAt), &r.Code, &r.Error); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &b); err != nil {
			return fmt.Errorf("report request %q: %w", r.ReportRequestID, err)
		}
		r.Granularity = time.Duration(granularity) * time.Millisecond
		r.ReportName, r.RIDs, r.ReportBack, r.Start, r.Duration = b.ReportName, b.RIDs, b.ReportBack, b.Start, b.Duration
		requests = append(requests, &r)
		p.add(len(body) + len(r.Error))
		return nil
	})
	return requests, err
}

// PutReportRequests is [core.ReportWriter.PutReportRequests], in one statement. Comparing
// revisions keeps a change of an older state from undoing a newer change. Data that
// came since that state was read stays noted: see ReportsHeard.
func (t requestTx) PutReportRequests(requests []*core.ReportRequest) error {
	if len(requests) == 0 {
		return nil
	}
	if err := t.putRequests(requests); err != nil {
		return fmt.Errorf("store %d report requests: %w", len(requests), err)
	}
	return nil
}

func (t requestTx) putRequests(requests []*core.ReportRequest) error {
	var fresh []*core.ReportRequest
	for _, r := range requests {
		if r.No == 0 {
			fresh = append(fresh, r)
		}
	}
	last, err := t.numberMany(len(fresh))
	if err != nil {
		return err
	}
	for i, r := range fresh {
		r.No = last - int64(len(fresh)-1-i)
		t.given = append(t.given, &r.No)
	}
	rows := make([][20]any, len(requests))
	for i, r := range requests {
		body, err := json.Marshal(requestBody{r.ReportName, r.RIDs, r.ReportBack, r.Start, r.Duration})
		if err != nil {
			return err
		}
		rows[i] = [...]any{r.No, r.ReportRequestID, r.OrderID, r.VENNo, r.SpecifierID, string(body), r.State, r.Rev, r.Piggyback, r.ToFollow, r.LastOwed,
			r.CreatedAt.UnixMilli(), r.CreatedBy, millis(r.ToldAt), millis(r.DataAt), millis(r.EndedAt), r.Code, plain(r.Error), r.Granularity.Milliseconds(), millis(r.RideUntil)}
	}
	all, err := list(rows)
	if err != nil {
		return err
	}
	_, err = t.exec(`WITH n AS MATERIALIZED (SELECT value FROM `+t.Elements(1)+`)
INSERT INTO report_request (no, report_request_id, order_id, ven_no, specifier_id, body, state, rev, piggyback, to_follow, last_owed,
                            created_at, created_by, told_at, data_at, ended_at, code, error, granularity_ms, ride_until)
  SELECT CAST(n.value ->> 0 AS BIGINT), n.value ->> 1, n.value ->> 2, CAST(n.value ->> 3 AS BIGINT), n.value ->> 4, n.value ->> 5, n.value ->> 6,
         CAST(n.value ->> 7 AS BIGINT), CAST(n.value ->> 8 AS BOOLEAN), CAST(n.value ->> 9 AS BOOLEAN), CAST(n.value ->> 10 AS BOOLEAN),
         CAST(n.value ->> 11 AS BIGINT), n.value ->> 12, CAST(n.value ->> 13 AS BIGINT), CAST(n.value ->> 14 AS BIGINT), CAST(n.value ->> 15 AS BIGINT),
         CAST(n.value ->> 16 AS BIGINT), n.value ->> 17, CAST(n.value ->> 18 AS BIGINT), CAST(n.value ->> 19 AS BIGINT)
    FROM n WHERE TRUE
  ON CONFLICT (no) DO UPDATE SET rev = excluded.rev,
       state = CASE WHEN excluded.state = 'pending' AND report_request.data_at IS NOT NULL THEN 'active' ELSE excluded.state END,
       data_at = `+t.Greatest(`coalesce(report_request.data_at, excluded.data_at)`, `coalesce(excluded.data_at, report_request.data_at)`)+`,
       piggyback = excluded.piggyback, to_follow = excluded.to_follow, ride_until = excluded.ride_until,
       last_owed = excluded.last_owed, told_at = excluded.told_at, ended_at = excluded.ended_at,
       code = excluded.code, error = excluded.error
   WHERE report_request.rev <= excluded.rev`, all)
	if err != nil || len(fresh) == 0 {
		return err
	}
	return quotaTx(t).countBy(1, countRequests, `c.no > $1 AND c.no <= $2`, last-int64(len(fresh)), last)
}

func (t requestTx) ReportsHeard(nos, riding []int64, now time.Time) error {
	if len(nos) == 0 {
		return nil
	}
	if t.Locks() { // in the order that all transactions use
		if err := t.rows(t.locked(`SELECT q.no FROM report_request q WHERE `+t.InList("q.no", 1)+` ORDER BY q.ven_no, q.no`),
			[]any{numbers(nos)}, func(func(...any) error) error { return nil }); err != nil {
			return fmt.Errorf("lock %d report requests: %w", len(nos), err)
		}
	}
	if _, err := t.exec(`UPDATE report_request SET data_at = coalesce(data_at, $2), state = CASE state WHEN 'pending' THEN 'active' ELSE state END,
       last_owed = CASE state WHEN 'cancelled' THEN FALSE ELSE last_owed END,
       rode = rode + CASE WHEN state = 'cancelling' AND piggyback AND `+t.InList("no", 3)+` THEN 1 ELSE 0 END
 WHERE `+t.InList("no", 1), numbers(nos), now.UnixMilli(), numbers(riding)); err != nil {
		return fmt.Errorf("note data of %d report requests: %w", len(nos), err)
	}
	return nil
}

func (t markTx) MarkReports(rev int64, u core.Urgency, queueTime time.Time) error {
	const whom = `FROM report_request WHERE rev = $%d AND NOT piggyback AND state IN ('pending', 'cancelling')`
	if _, err := t.exec(makeOutboxes+`SELECT DISTINCT ven_no`+reportsOutbox+` AS box, ven_no, CAST($2 AS INTEGER) AS topic, CAST($3 AS INTEGER) AS urgency `+fmt.Sprintf(whom, 1)+makeOutboxesOnce,
		rev, core.TopicReports, u); err != nil {
		return fmt.Errorf("make outboxes for reports: %w", err)
	}
	if _, err := t.exec(mark(t.Dialect)+`box IN (SELECT ven_no`+reportsOutbox+` `+fmt.Sprintf(whom, 1)+`)`,
		rev, u, queueTime.UnixMilli(), core.Lease.Milliseconds()); err != nil {
		return fmt.Errorf("mark the VENs of report requests: %w", err)
	}
	return nil
}
