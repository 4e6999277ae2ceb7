package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (t optTx) Answer(eventNo, venNo int64) (*core.Answer, error) {
	a := core.Answer{EventNo: eventNo, VENNo: venNo}
	err := t.row(`SELECT modification, opt, opt_at, code, error, answered_at FROM event_answer WHERE event_no = $1 AND ven_no = $2`,
		[]any{eventNo, venNo}, &a.ModificationNumber, &a.OptType, at(&a.OptAt), &a.Code, &a.Error, at(&a.At))
	if err != nil {
		return nil, notFound(err, "answer of VEN number %d for event number %d", venNo, eventNo)
	}
	return &a, nil
}

// PutAnswer is [core.OptWriter.PutAnswer]. It replaces the earlier answer of the VEN for
// the event.
func (t optTx) PutAnswer(a core.Answer) error {
	if _, err := t.exec(`INSERT INTO event_answer (event_no, ven_no, modification, opt, opt_at, code, error, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (event_no, ven_no) DO UPDATE SET modification = excluded.modification, opt = excluded.opt, opt_at = excluded.opt_at,
       code = excluded.code, error = excluded.error, answered_at = excluded.answered_at`,
		a.EventNo, a.VENNo, a.ModificationNumber, a.OptType, millis(a.OptAt), a.Code, plain(a.Error), a.At.UnixMilli()); err != nil {
		return fmt.Errorf("store the answer of VEN number %d for event number %d: %w", a.VENNo, a.EventNo, err)
	}
	return nil
}
