package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Trouble is why a store cannot be used, in words that anybody may read: it contains
// no host and no user. errors.Is(t, core.ErrStore) is true.
type Trouble string

func (t Trouble) Error() string { return string(t) }

// Is says that a Trouble is a [core.ErrStore].
func (t Trouble) Is(other error) bool { return other == core.ErrStore }

// The troubles that are recognised.
const (
	troubleBroken = Trouble("is damaged: stop the VTN and restore the last good copy, or repair it with the database's own tools; the log says more")
	troubleFull   = Trouble("can grow no further: make room on its disk, or raise the limit that it has")
	troubleHeld   = Trouble("cannot be written for some seconds now: another process holds it locked, or its disk is very slow")
)

// health is what is known of a store beyond its last transaction.
type health struct {
	mu      sync.Mutex
	broken  error         // the damage, for good
	pinging chan struct{} // holds one element while a ping runs
	outage  outage
}

// Ping is [core.Registry.Ping]. It writes, and checks that the database can grow. It
// does not wait longer than ctx, whoever has locked the store.
func (r *Registry) Ping(ctx context.Context) error {
	if err := r.health.isBroken(); err != nil {
		return err
	}
	select {
	case r.health.pinging <- struct{}{}:
	case <-ctx.Done():
		return troubleHeld // the previous ping still waits
	}
	done := make(chan error, 1)
	go func() {
		err := r.lightly(context.WithoutCancel(ctx), "ping", func(s *session) error {
			_, err := s.exec(`UPDATE ping SET at = $1`, time.Now().UnixMilli())
			return err
		})
		if err == nil {
			err = r.db.Room(context.WithoutCancel(ctx))
		}
		<-r.health.pinging // before the answer: the caller may ping again at once
		done <- err
	}()
	select {
	case err := <-done:
		return inWords(err)
	case <-ctx.Done():
		return troubleHeld
	}
}

// inWords adds a Trouble to the errors that have one.
func inWords(err error) error {
	switch {
	case database.Damage(err):
		return fmt.Errorf("%w: %w", troubleBroken, err)
	case database.NoRoom(err):
		return fmt.Errorf("%w: %w", troubleFull, err)
	case database.Held(err):
		return fmt.Errorf("%w: %w", troubleHeld, err)
	}
	return err
}

// access is what a transaction did.
type access int

const (
	reading access = iota
	writing
)

// saw returns blamed(err), and notes what err says of the store.
func (r *transactions) saw(by access, err error) error {
	if database.Damage(err) {
		r.health.breaks(err)
	}
	if err = blamed(err); errors.Is(err, core.ErrStore) {
		r.failures.Inc()
	}
	r.health.saw(by, err, r.log)
	return err
}

func (h *health) breaks(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken == nil {
		h.broken = fmt.Errorf("%w: %w", troubleBroken, err)
	}
}

func (h *health) isBroken() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.broken
}

// outage is how long a store has not worked. It is logged once when it begins and
// once when it is over, however many transactions fail.
type outage struct {
	failed      int
	since, last time.Time
	writing     bool // a write failed: a read that succeeds does not end the outage
	ending      bool // it has worked again, for less than quietTime
}

// quietTime is how long a store must have worked before the outage is over.
const quietTime = 2 * time.Second

// saw notes the result of a transaction that writes, or only reads.
func (h *health) saw(by access, err error, log zerolog.Logger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := &h.outage
	switch {
	case errors.Is(err, core.ErrStore):
		o.last = time.Now()
		o.writing = o.writing || by == writing
		if o.failed++; o.failed == 1 {
			o.since = o.last
			log.Error().Err(inWords(err)).Msg("the store does not work: see that it runs, VTN_STORE, free space and permissions; what fails from now on is counted, and told when it works again")
		}
	case o.failed > 0 && !o.ending && (by == writing || !o.writing):
		o.ending = true
		worked := time.Now()
		time.AfterFunc(quietTime, func() { h.ended(worked, log) })
	}
}

func (h *health) ended(worked time.Time, log zerolog.Logger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := &h.outage
	if o.ending = false; o.failed == 0 || o.last.After(worked) {
		return
	}
	log.Info().Int("failed", o.failed).Time("since", o.since).Dur("lasted", worked.Sub(o.since)).Msg("the store works again")
	*o = outage{}
}
