package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// session is one transaction with what the registry keeps during it.
type session struct {
	*database.Session
	waited time.Duration       // time spent waiting for other transactions
	given  []*int64            // numbers given, taken back if the transaction fails
	grown  map[useKey]core.Use // what VENs have stored that is not counted yet
	uses   map[useKey]core.Use // the counters that were read; they stay locked until the transaction ends
	notes  []note              // for the journal
}

// inSession runs fn in a session on a transaction of the database.
func inSession(fn func(*session) error) func(*database.Session) error {
	return func(d *database.Session) error {
		s := &session{Session: d}
		d.OnRollback(s.forget)
		defer s.worked(time.Now())
		if err := fn(s); err != nil {
			return err
		}
		if err := d.Err(); err != nil {
			return err
		}
		if err := (quotaTx{s}).storeGrown(); err != nil {
			return err
		}
		return s.storeNotes()
	}
}

// worked adds the time that the transaction took, without waiting for others, to the
// work of whoever it is done for.
func (s *session) worked(from time.Time) { core.Worked(s.Context(), time.Since(from)-s.waited) }

func (s *session) exec(query string, args ...any) (int64, error) { return s.Exec(query, args...) }

func (s *session) row(query string, args []any, into ...any) error {
	return s.Row(query, args, into...)
}

func (s *session) rows(query string, args []any, each func(scan func(...any) error) error) error {
	return s.Rows(query, args, each)
}

// number gives the next number of a VEN or an event.
func (s *session) number(no *int64) error {
	if err := s.row(`UPDATE change SET no = no + 1 RETURNING no`, nil, no); err != nil {
		return fmt.Errorf("give a number: %w", err)
	}
	s.given = append(s.given, no)
	return nil
}

// numberMany gives n numbers and returns the last.
func (s *session) numberMany(n int) (last int64, err error) {
	if n == 0 {
		return 0, nil
	}
	if err := s.row(`UPDATE change SET no = no + $1 RETURNING no`, []any{n}, &last); err != nil {
		return 0, fmt.Errorf("give numbers: %w", err)
	}
	return last, nil
}

// forget takes back the numbers given, so that the objects are new again if the
// transaction is repeated.
func (s *session) forget() {
	for _, no := range s.given {
		*no = 0
	}
}

// list makes a list one parameter, a JSON array.
func list[T any](items []T) (string, error) {
	if len(items) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(items)
	return string(b), err
}

// storable reports whether both databases can store a text, also in a list.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// texts is [list] for texts. It leaves out texts that no database can store, since
// none is stored.
func texts(some []string) string {
	l, _ := list(slices.DeleteFunc(slices.Clone(some), func(text string) bool { return !storable(text) }))
	return l
}

// numbers is [list] for numbers, which cannot fail.
func numbers(nos []int64) string {
	l, _ := list(nos)
	return l
}

// millis is a time as it is stored: epoch milliseconds, NULL for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// at reads a stored time into t.
func at(t *time.Time) sql.Scanner { return (*instant)(t) }

type instant time.Time

func (i *instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i = instant{}
	case int64:
		*i = instant(time.UnixMilli(v).UTC())
	default:
		return fmt.Errorf("a stored time is a %T", v)
	}
	return nil
}

// orNone reads a stored modificationNumber, none for NULL, into n.
func orNone(n *core.NumberOrNone) sql.Scanner { return (*numberOrNone)(n) }

type numberOrNone core.NumberOrNone

func (n *numberOrNone) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*n = numberOrNone{}
	case int64:
		*n = numberOrNone(core.SomeNumber(uint32(v)))
	default:
		return fmt.Errorf("a stored modificationNumber is a %T", v)
	}
	return nil
}

// integer scans a number without the conversion to text that database/sql makes.
type integer int64

func (i *integer) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a stored number is a %T", v)
	}
	*i = integer(n)
	return nil
}
