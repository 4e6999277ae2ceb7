package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

const selectVTNReport = `SELECT ven_no, report_request_id, registration_id, rev, every_ms, next_at, ends_at FROM own_report `

func (t vtnReportTx) VTNReports(venNos []int64) ([]core.VTNReport, error) {
	return t.vtnReports(selectVTNReport+`WHERE `+t.InList("ven_no", 1)+` ORDER BY ven_no, report_request_id`, numbers(venNos))
}

func (t vtnReportTx) DueVTNReports(now time.Time, limit int) ([]core.VTNReport, error) {
	return t.vtnReports(selectVTNReport+`WHERE next_at <= $1 ORDER BY next_at LIMIT $2`, now.UnixMilli(), limit)
}

func (t vtnReportTx) NextVTNReport() (next time.Time, err error) {
	if err := t.row(`SELECT min(next_at) FROM own_report WHERE next_at IS NOT NULL`, nil, at(&next)); err != nil {
		return next, fmt.Errorf("look when a report of the VTN is due: %w", err)
	}
	return next, nil
}

func (t vtnReportTx) vtnReports(query string, args ...any) (reports []core.VTNReport, err error) {
	err = t.rows(query, args, func(scan func(...any) error) error {
		var o core.VTNReport
		var every int64
		err := scan(&o.VENNo, &o.RequestID, &o.RegistrationID, &o.Rev, &every, at(&o.NextAt), at(&o.EndsAt))
		o.Every = time.Duration(every) * time.Millisecond
		reports = append(reports, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the VTN's reports for VENs: %w", err)
	}
	return reports, nil
}

func (t vtnReportTx) PutVTNReport(o core.VTNReport) error {
	if _, err := t.exec(`INSERT INTO own_report (ven_no, report_request_id, registration_id, rev, every_ms, next_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (ven_no, report_request_id) DO UPDATE SET registration_id = excluded.registration_id, rev = excluded.rev, every_ms = excluded.every_ms,
       next_at = excluded.next_at, ends_at = excluded.ends_at`,
		o.VENNo, o.RequestID, o.RegistrationID, o.Rev, o.Every.Milliseconds(), millis(o.NextAt), millis(o.EndsAt)); err != nil {
		return fmt.Errorf("store a report of the VTN for VEN number %d: %w", o.VENNo, err)
	}
	return nil
}

func (t vtnReportTx) DeleteVTNReport(o core.VTNReport) error {
	if _, err := t.exec(`DELETE FROM own_report WHERE ven_no = $1 AND report_request_id = $2 AND rev = $3`, o.VENNo, o.RequestID, o.Rev); err != nil {
		return fmt.Errorf("delete a report of the VTN for VEN number %d: %w", o.VENNo, err)
	}
	return nil
}
