// Package renewal has certificates read anew once their files have changed, while the program runs, and says in the log when one
// in use expires soon.
package renewal

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// Every is how often files are looked at. A change counts at the second look that finds it: then no file is half written, and a
// certificate has its key beside it.
const Every = 10 * time.Second

const (
	soon   = 30 * 24 * time.Hour // before it expires a certificate is told of
	remind = 24 * time.Hour      // until it is told of again
	most   = 1 << 20             // bytes of a file
)

// Files are those that are read together, such as certificates and their keys.
type Files struct {
	Settings string // that name them, for the log
	Names    []string
	// Use reads the files, puts what they hold to use, and returns the certificates of which to say when they expire. When it
	// fails, what was in use stays so.
	Use func() ([]*x509.Certificate, error)

	seen, used [sha256.Size]byte // what they held at the last look, and when they were read last
	inUse      []*x509.Certificate
	warned     time.Time // that one expires
}

// Watch looks at files.
type Watch struct {
	log   zerolog.Logger
	now   func() time.Time
	files []*Files
}

// New returns a watch over no files.
func New(log zerolog.Logger, now func() time.Time) *Watch { return &Watch{log: log, now: now} }

// Add puts files to use, and looks at them from then on.
func (w *Watch) Add(f *Files) (err error) {
	f.seen = f.held()
	f.used = f.seen
	if f.inUse, err = f.Use(); err != nil {
		return err
	}
	w.tellExpiry(f)
	w.files = append(w.files, f)
	return nil
}

// Empty reports whether there is nothing to look at.
func (w *Watch) Empty() bool { return len(w.files) == 0 }

// Run looks at each tick, and reads all files anew at each hang-up, until ctx ends.
func (w *Watch) Run(ctx context.Context, ticks <-chan time.Time, hangUps <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			w.look(false)
		case <-hangUps:
			w.look(true)
		}
	}
}

// look reads those files anew that have changed, or all of them.
func (w *Watch) look(all bool) {
	for _, f := range w.files {
		held := f.held()
		settled := held == f.seen
		f.seen = held
		if all || settled && held != f.used {
			f.used = held
			w.use(f)
		}
		if w.now().Sub(f.warned) >= remind {
			w.tellExpiry(f)
		}
	}
}

// use reads files anew.
func (w *Watch) use(f *Files) {
	inUse, err := f.Use()
	if err != nil {
		w.log.Error().Err(err).Str("settings", f.Settings).Strs("files", f.Names).
			Msg("renewed files cannot be used, and what was read before stays in use; put right the file that the error names, it is then read by itself")
		return
	}
	f.inUse = inUse
	w.log.Info().Str("settings", f.Settings).Strs("files", f.Names).Msg("read files anew, and uses what they hold")
	w.tellExpiry(f)
}

// tellExpiry says which certificates in use expire soon, or have expired.
func (w *Watch) tellExpiry(f *Files) {
	now := w.now()
	for _, c := range f.inUse {
		if c.NotAfter.Sub(now) < soon {
			f.warned = now
			w.log.Warn().Str("settings", f.Settings).Str("subject", c.Subject.String()).Time("expires", c.NotAfter).
				Msg("a certificate of the VTN expires soon, or has expired; put a new one into its file, it is read without a restart")
		}
	}
}

// held tells apart what files hold. One that cannot be read counts as another.
func (f *Files) held() (is [sha256.Size]byte) {
	all := sha256.New()
	for _, name := range f.Names {
		file, err := os.Open(name)
		if err == nil {
			_, err = io.Copy(all, io.LimitReader(file, most))
			_ = file.Close()
		}
		fmt.Fprintf(all, "\x00%v\x00", err)
	}
	all.Sum(is[:0])
	return is
}
