package renewal

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// watched is a pair of files under watch; using says so of what they hold.
type watched struct {
	*Watch
	t      *testing.T
	folder string
	now    time.Time
	log    bytes.Buffer
	uses   []string // what was read, one after another
	wrong  error
	expire []*x509.Certificate
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, folder: t.TempDir(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.Watch = New(zerolog.New(&w.log), func() time.Time { return w.now })
	w.write("old", "old")
	return w
}

func (w *watched) add() {
	w.t.Helper()
	if err := w.Add(&Files{Settings: "VTN_X", Names: []string{w.file("crt"), w.file("key")}, Use: w.use}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) file(name string) string { return filepath.Join(w.folder, name) }

func (w *watched) use() ([]*x509.Certificate, error) {
	if w.wrong != nil {
		return nil, w.wrong
	}
	crt, err := os.ReadFile(w.file("crt"))
	if err != nil {
		return nil, err
	}
	w.uses = append(w.uses, string(crt))
	return w.expire, nil
}

func (w *watched) write(crt, key string) {
	w.t.Helper()
	for name, held := range map[string]string{"crt": crt, "key": key} {
		if err := os.WriteFile(w.file(name), []byte(held), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// used checks what was read until now.
func (w *watched) used(want ...string) {
	w.t.Helper()
	if got := strings.Join(w.uses, " "); got != strings.Join(want, " ") {
		w.t.Errorf("%q was read, want %q", got, want)
	}
}

// said returns how often the log says something.
func (w *watched) said(words string) int { return strings.Count(w.log.String(), words) }

// A change is read once all files stay the same for a look, and once only.
func TestReadsWhatChanged(t *testing.T) {
	w := newWatched(t)
	w.add()
	w.look(false)
	w.used("old")
	w.write("new", "old")
	w.look(false)
	w.write("new", "new")
	w.look(false)
	w.used("old")
	w.look(false)
	w.look(false)
	w.used("old", "new")
	if w.said("read files anew") != 1 || w.said("VTN_X") != 1 {
		t.Error(w.log.String())
	}
}

// What cannot be used is told once, and read again when it has changed.
func TestTellsWhatCannotBeUsed(t *testing.T) {
	w := newWatched(t)
	w.add()
	w.wrong = errors.New("key does not fit")
	w.write("new", "other")
	for range 5 {
		w.look(false)
	}
	if w.said("key does not fit") != 1 || w.said("stays in use") != 1 {
		t.Error(w.log.String())
	}
	if err := os.Remove(w.file("key")); err != nil {
		t.Fatal(err)
	}
	w.look(false)
	w.look(false)
	w.wrong = nil
	w.write("new", "new")
	w.look(false)
	w.look(false)
	if w.used("old", "new"); w.said("stays in use") != 2 {
		t.Error(w.log.String())
	}
}

// Files that cannot be used at first are an error.
func TestFirstUseFails(t *testing.T) {
	w := newWatched(t)
	w.wrong = errors.New("no")
	if err := w.Add(&Files{Use: w.use}); !errors.Is(err, w.wrong) || !w.Empty() {
		t.Error(err)
	}
}

// A certificate that expires within 30 days is told of once a day, until it is renewed.
func TestTellsExpiry(t *testing.T) {
	w := newWatched(t)
	w.expire = []*x509.Certificate{{NotAfter: w.now.Add(31 * 24 * time.Hour)}, {NotAfter: w.now.AddDate(9, 0, 0)}}
	w.add()
	for days, want := range []int{0, 0, 1, 2, 3} { // the 30 days begin on the second
		w.look(false)
		w.look(false)
		if got := w.said("expires soon"); got != want {
			t.Errorf("after %d days: told %d times, want %d", days, got, want)
		}
		w.now = w.now.Add(24 * time.Hour)
	}
	w.expire = w.expire[1:]
	w.write("new", "new")
	w.look(false)
	w.look(false)
	w.now = w.now.Add(24 * time.Hour)
	if w.look(false); w.said("expires soon") != 4 { // the fourth on the day of the renewal
		t.Error(w.log.String())
	}
}

// A hang-up has everything read at once.
func TestHangUp(t *testing.T) {
	w := newWatched(t)
	w.add()
	hangUps := make(chan os.Signal)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx, nil, hangUps); close(ended) }()
	hangUps <- syscall.SIGHUP
	hangUps <- syscall.SIGHUP // the first is done
	stop()
	<-ended
	w.used("old", "old", "old")
}
