package registry

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// tx is [core.Tx] on one transaction, and [core.Reader] if the transaction only
// reads. Each part holds the statements of one concern.
type tx struct {
	*session
	venTx
	targetTx
	registrationTx
	eventTx
	versionTx
	concernTx
	overlapTx
	eventVENTx
	optTx
	offerTx
	orderTx
	requestTx
	vtnReportTx
	valueTx
	outboxTx
	omittedTx
	markTx
	noticeTx
	historyTx
	quotaTx
	figuresTx
	journalTx
	webhookTx
}

var _ core.Tx = (*tx)(nil)

func newTx(s *session) *tx {
	return &tx{s, venTx{s}, targetTx{s}, registrationTx{s}, eventTx{s}, versionTx{s}, concernTx{s}, overlapTx{s}, eventVENTx{s}, optTx{s}, offerTx{s}, orderTx{s}, requestTx{s}, vtnReportTx{s}, valueTx{s}, outboxTx{s}, omittedTx{s}, markTx{s}, noticeTx{s}, historyTx{s}, quotaTx{s}, figuresTx{s}, journalTx{s}, webhookTx{s}}
}

// notFound turns [sql.ErrNoRows] into a [core.ErrNotFound] that names what was
// looked for.
func notFound(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", core.ErrNotFound, what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// touched returns a [core.ErrNotFound] if a statement found nothing to change.
func touched(n int64, err error, format string, args ...any) error {
	switch {
	case err != nil:
		return notFound(err, format, args...)
	case n == 0:
		return notFound(sql.ErrNoRows, format, args...)
	}
	return nil
}

// The parts of tx.
type (
	venTx          struct{ *session }
	targetTx       struct{ *session }
	registrationTx struct{ *session }
	eventTx        struct{ *session }
	versionTx      struct{ *session }
	concernTx      struct{ *session }
	overlapTx      struct{ *session }
	eventVENTx     struct{ *session }
	optTx          struct{ *session }
	offerTx        struct{ *session }
	orderTx        struct{ *session }
	requestTx      struct{ *session }
	vtnReportTx    struct{ *session }
	valueTx        struct{ *session }
	outboxTx       struct{ *session }
	omittedTx      struct{ *session }
	markTx         struct{ *session }
	noticeTx       struct{ *session }
	historyTx      struct{ *session }
	quotaTx        struct{ *session }
	figuresTx      struct{ *session }
	journalTx      struct{ *session }
	webhookTx      struct{ *session }
)

// These hold the statements of operations that run in a transaction of their own.
type (
	normalTx struct{ *session }
	claimTx  struct{ *session }
	settleTx struct{ *session }
)
