package core

import (
	"context"
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

const (
	journalRecent = 10000                 // entries that are kept in memory for readers
	journalAtOnce = 500                   // entries that are read at once
	journalPause  = 50 * time.Millisecond // between two looks at the store
	journalPoll   = time.Second           // how often to look for what other processes wrote
)

// DefaultJournal is how many entries the journal keeps.
const DefaultJournal = 2_000_000

// Journal lets any number of readers follow what happens. One goroutine reads new entries
// once for all of them, and only while somebody waits. Who is further behind than what is
// in memory reads from the store, one at a time.
type Journal struct {
	*common
	written, wanted wake.Signal
	behind          chan struct{} // holds an element while somebody who is behind reads

	mu      sync.Mutex
	waiting int
	recent  []JournalEntry // without gaps, up to top; read-only once it is there
	base    int64          // the number before recent
	top     int64
	known   bool          // base and top are set
	grown   chan struct{} // closed when recent grows
}

func newJournal(c *common) *Journal {
	j := &Journal{common: c, written: wake.New(), wanted: wake.New(), behind: make(chan struct{}, 1), grown: make(chan struct{})}
	if c.reg.Registry != nil { // some tests have none
		c.reg.OnJournal(j.written.Wake)
	}
	return j
}

// JournalPart is a part of the journal.
type JournalPart struct {
	Entries []JournalEntry // must not be changed
	// Gone says that what the reader asked for is no longer kept, or that the journal does
	// not reach so far: it is that of another store, or an older copy. The part begins with
	// the oldest entry that is there. From is the number before it.
	Gone bool
	From int64
}

// Next is where the part after it begins.
func (p *JournalPart) Next() int64 {
	if n := len(p.Entries); n > 0 {
		return p.Entries[n-1].No
	}
	return p.From
}

// JournalNow returns the number of the newest entry.
func (j *Journal) JournalNow(ctx context.Context) (last int64, err error) {
	if err := j.reg.NumberJournal(ctx); err != nil {
		return 0, err
	}
	err = j.reg.View(ctx, func(r Reader) error {
		_, last, err = r.JournalSpan()
		return err
	})
	return last, err
}

// JournalAfter returns entries after a number, oldest first. If there are none it waits
// for some, until ctx ends; then the part is empty.
func (j *Journal) JournalAfter(ctx context.Context, after int64) (JournalPart, error) {
	for {
		part, grown, ok := j.fromMemory(after)
		if ok && len(part.Entries) > 0 {
			return part, nil
		}
		if !ok {
			part, err := j.fromStore(ctx, after)
			if err != nil || part.Gone || len(part.Entries) > 0 {
				if ctx.Err() != nil {
					return JournalPart{From: after}, nil
				}
				return part, err
			}
		}
		if !j.await(ctx, grown) {
			return JournalPart{From: after}, nil
		}
	}
}

// fromMemory returns what is in memory after a number. ok is false if the number is before
// or beyond that. grown is closed when there is more.
func (j *Journal) fromMemory(after int64) (part JournalPart, grown <-chan struct{}, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.known || after < j.base || after > j.top {
		return part, j.grown, false
	}
	from := sort.Search(len(j.recent), func(i int) bool { return j.recent[i].No > after })
	to := min(len(j.recent), from+journalAtOnce)
	return JournalPart{Entries: j.recent[from:to:to], From: after}, j.grown, true
}

// fromStore reads entries after a number. Only one reader does at a time, so that many
// who are behind take nothing away from other work.
func (j *Journal) fromStore(ctx context.Context, after int64) (part JournalPart, err error) {
	select {
	case j.behind <- struct{}{}:
		defer func() { <-j.behind }()
	case <-ctx.Done():
		return part, ctx.Err()
	}
	err = j.reg.Browse(ctx, func(r Reader) error {
		part = JournalPart{From: after}
		gone, last, err := r.JournalSpan()
		if err != nil {
			return err
		}
		if after < gone || after > last {
			part.Gone, part.From = true, gone
		}
		part.Entries, err = r.JournalAfter(part.From, journalAtOnce)
		return err
	})
	return part, err
}

// await waits until more is in memory. It reports false if ctx ended first.
func (j *Journal) await(ctx context.Context, grown <-chan struct{}) bool {
	j.mu.Lock()
	j.waiting++
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		j.waiting--
		j.mu.Unlock()
	}()
	j.wanted.Wake()
	select {
	case <-grown:
		return true
	case <-ctx.Done():
		return false
	}
}

// feed brings new entries into memory while somebody waits for them, until ctx ends. It
// goes by the machine's clock, since no rule is about it.
func (j *Journal) feed(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for ctx.Err() == nil {
		j.mu.Lock()
		idle := j.waiting == 0
		j.mu.Unlock()
		if idle {
			select {
			case <-j.wanted:
			case <-ctx.Done():
			}
			continue
		}
		wait := journalPoll
		if more, err := j.read(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrBusy) {
			j.failed(err).Msg("cannot read the journal; trying again")
		} else if more {
			wait = 0
		}
		if wait > 0 {
			pause.Reset(journalPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
		}
		pause.Reset(wait)
		select {
		case <-j.written:
		case <-pause.C:
		case <-ctx.Done():
		}
	}
}

// read reads what is new. more says that there is more.
func (j *Journal) read(ctx context.Context) (more bool, err error) {
	if err := j.reg.NumberJournal(ctx); err != nil {
		return false, err
	}
	j.mu.Lock()
	top, known := j.top, j.known
	j.mu.Unlock()
	var entries []JournalEntry
	anew := false
	err = j.reg.View(ctx, func(r Reader) error {
		entries, anew = nil, false
		gone, last, err := r.JournalSpan()
		if err != nil {
			return err
		}
		if !known || top > last || top < gone || last-top > journalRecent { // begin anew; who waits reads from the store
			anew, top = true, last
			return nil
		}
		if last > top {
			entries, err = r.JournalAfter(top, journalAtOnce)
		}
		more = len(entries) >= journalAtOnce
		return err
	})
	if err != nil {
		return false, err
	}
	for i := range entries {
		entries[i].json = entries[i].JSON()
	}
	j.add(entries, anew, top)
	return more, nil
}

func (j *Journal) add(entries []JournalEntry, anew bool, top int64) {
	if !anew && len(entries) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if anew {
		j.recent, j.base, j.top, j.known = nil, top, top, true
	}
	if n := len(entries); n > 0 {
		j.top = entries[n-1].No
	}
	if j.recent = append(j.recent, entries...); len(j.recent) > 2*journalRecent {
		j.base = j.recent[len(j.recent)-journalRecent-1].No
		j.recent = append([]JournalEntry(nil), j.recent[len(j.recent)-journalRecent:]...)
	}
	close(j.grown)
	j.grown = make(chan struct{})
}
