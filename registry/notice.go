package registry

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

const selectNotice = `SELECT n.ven_no, n.rev, n.kind, n.registration_id, n.created_at, n.created_by, n.told_at, n.code, n.error, n.outcome, n.ended_at
  FROM notice n `

func (t noticeTx) notices(p *part, where string, args ...any) (notices []core.Notice, err error) {
	err = t.rows(selectNotice+where, args, func(scan func(...any) error) error {
		if p.full() {
			return database.ErrEnough
		}
		var n core.Notice
		err := scan(&n.VENNo, &n.Rev, &n.Kind, &n.RegistrationID, at(&n.CreatedAt), &n.By, at(&n.ToldAt), &n.Code, &n.Error, &n.State, at(&n.EndedAt))
		notices = append(notices, n)
		p.add(len(n.Error))
		return err
	})
	return notices, err
}

func (t noticeTx) Notices(venNo, before int64, limit int) (notices []core.Notice, next int64, err error) {
	p := part{limit: limit}
	notices, err = t.notices(&p, `WHERE n.ven_no = $1 AND (n.rev < $2 OR $2 = 0) ORDER BY n.rev DESC LIMIT $3`, venNo, before, limit+1)
	if err != nil {
		return nil, 0, fmt.Errorf("list the notices of VEN number %d: %w", venNo, err)
	}
	if p.more {
		next = notices[len(notices)-1].Rev
	}
	return notices, next, nil
}

func (t noticeTx) StandingNotices(venNos []int64) ([]core.Notice, error) {
	notices, err := t.notices(nil, `WHERE `+t.InList("n.ven_no", 1)+` AND n.ended_at IS NULL
 ORDER BY n.ven_no, n.rev`, numbers(venNos))
	if err != nil {
		return nil, fmt.Errorf("read the notices of %d VENs: %w", len(venNos), err)
	}
	return notices, nil
}

func (t noticeTx) Notice(venNo, rev int64) (*core.Notice, error) {
	notices, err := t.notices(nil, `WHERE n.ven_no = $1 AND n.rev = $2`+t.ForUpdate("n"), venNo, rev)
	if err == nil && len(notices) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, "notice %d of VEN number %d", rev, venNo)
	}
	return &notices[0], nil
}

// PutNotice is [core.NoticeWriter.PutNotice]. It replaces the notice with the same VEN and
// revision.
func (t noticeTx) PutNotice(n *core.Notice) error {
	if _, err := t.exec(`INSERT INTO notice (ven_no, rev, kind, registration_id, created_at, created_by, told_at, code, error, outcome, ended_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (ven_no, rev) DO UPDATE SET told_at = excluded.told_at, code = excluded.code, error = excluded.error,
       outcome = excluded.outcome, ended_at = excluded.ended_at`,
		n.VENNo, n.Rev, n.Kind, n.RegistrationID, n.CreatedAt.UnixMilli(), n.By, millis(n.ToldAt), n.Code, plain(n.Error), n.State, millis(n.EndedAt)); err != nil {
		return fmt.Errorf("store notice %d of VEN number %d: %w", n.Rev, n.VENNo, err)
	}
	return nil
}

func (t noticeTx) EndNotices(venNo int64, kind core.NoticeKind, as core.NoticeState, at time.Time) error {
	if _, err := t.exec(`UPDATE notice SET outcome = $3, ended_at = $4 WHERE ven_no = $1 AND kind = $2 AND ended_at IS NULL`,
		venNo, kind, as, at.UnixMilli()); err != nil {
		return fmt.Errorf("end the notices of VEN number %d: %w", venNo, err)
	}
	return nil
}

// lastNotices gives each VEN its newest notice.
func (t noticeTx) lastNotices(byNo map[int64]*core.VEN, nos []int64) error {
	notices, err := t.notices(nil, `WHERE `+t.InList("n.ven_no", 1)+`
   AND n.rev = (SELECT max(x.rev) FROM notice x WHERE x.ven_no = n.ven_no)`, numbers(nos))
	for i := range notices {
		byNo[notices[i].VENNo].LastNotice = &notices[i]
	}
	return err
}
