package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// notReportOnly selects VENs x.ven_no whose standing registration is not report-only
// (rule E1).
const notReportOnly = `NOT EXISTS (SELECT 1 FROM registration r WHERE r.ven_no = x.ven_no AND r.ended_at IS NULL AND r.report_only)`

// Register is [core.RegistrationWriter.Register]. It ends any other registration of the VEN, and
// returns [core.ErrConflict] if the registrationID is another VEN's.
func (t registrationTx) Register(venNo int64, r *core.Registration) error {
	if _, err := t.exec(`UPDATE registration SET ended_at = $3 WHERE ven_no = $1 AND registration_id <> $2 AND ended_at IS NULL`,
		venNo, r.RegistrationID, r.StartedAt.UnixMilli()); err != nil {
		return fmt.Errorf("end the registration before %q: %w", r.RegistrationID, err)
	}
	var n int64
	err := quotaTx(t).counting([]countable{countRegistrations}, `c.registration_id = $1`, []any{r.RegistrationID}, func() (err error) {
		n, err = t.exec(`INSERT INTO registration (registration_id, ven_no, profile, transport, address, http_pull, report_only, xml_signature, started_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (registration_id) DO UPDATE SET profile = excluded.profile, transport = excluded.transport, address = excluded.address,
       http_pull = excluded.http_pull, report_only = excluded.report_only, xml_signature = excluded.xml_signature,
       started_at = excluded.started_at, ended_at = NULL
   WHERE registration.ven_no = excluded.ven_no`,
			r.RegistrationID, venNo, r.Profile, r.Transport, r.Address, r.HTTPPull, r.ReportOnly, r.XMLSignature, r.StartedAt.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("store registration %q: %w", r.RegistrationID, err)
	}
	if n == 0 {
		return fmt.Errorf("%w: registrationID %q is another VEN's", core.ErrConflict, r.RegistrationID)
	}
	return nil
}

// EndRegistration is [core.RegistrationWriter.EndRegistration]. It returns [core.ErrNotFound] if
// there is no standing registration.
func (t registrationTx) EndRegistration(venNo int64, at time.Time) error {
	n, err := t.exec(`UPDATE registration SET ended_at = $2 WHERE ven_no = $1 AND ended_at IS NULL`, venNo, at.UnixMilli())
	return touched(n, err, "standing registration of VEN number %d", venNo)
}

// Stands is [core.RegistrationReader.Stands].
func (t registrationTx) Stands(venNo int64, registrationID string) (stands bool, err error) {
	err = t.row(`SELECT EXISTS (SELECT 1 FROM registration WHERE registration_id = $1 AND ven_no = $2 AND ended_at IS NULL)`, []any{registrationID, venNo}, &stands)
	if err != nil {
		return false, fmt.Errorf("look whether registration %q stands: %w", registrationID, err)
	}
	return stands, nil
}
