package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Bounds on what is remembered of idle polls.
const (
	maxIdle     = 200_000 // peers
	idleShards  = 256
	idleChanges = 100 * time.Millisecond // how late a change by another process is noticed
)

// idlePolls remembers the VENs to which nothing was due when they polled, so that their
// next polls need not read the store: nearly all polls are idle. Whatever could make
// something due to a VEN, or end its registration, ends what is remembered: a change by
// this process at once, one by another when its revision is seen. What is known to be due
// later ends it by itself.
type idlePolls struct {
	reg     Transactions
	changes atomic.Uint64 // what may concern every VEN
	shards  [idleShards]atomic.Uint64
	rev     atomic.Int64 // the revision seen last
	looked  atomic.Int64 // when, by the machine's clock

	mu    sync.RWMutex
	peers map[Identity]idlePoll
}

// idlePoll is a VEN that polled in vain.
type idlePoll struct {
	ven            *VEN // must not be changed
	changes, shard uint64
	next           time.Time // when something is due; zero: nothing will be by itself
}

// idleMark says what had happened before something was read.
type idleMark struct {
	changes uint64
	shards  [idleShards]uint64
}

func newIdlePolls(reg Transactions) *idlePolls {
	return &idlePolls{reg: reg, peers: map[Identity]idlePoll{}}
}

// changed ends all that is remembered.
func (i *idlePolls) changed() { i.changes.Add(1) }

// touched ends what is remembered of VENs.
func (i *idlePolls) touched(venNo int64) { i.shard(venNo).Add(1) }

func (i *idlePolls) shard(venNo int64) *atomic.Uint64 { return &i.shards[uint64(venNo)%idleShards] }

// since returns the changes so far. Take it before anything is read that is to be
// remembered.
func (i *idlePolls) since() (mark idleMark) {
	for n := range mark.shards {
		mark.shards[n] = i.shards[n].Load()
	}
	mark.changes = i.changes.Load()
	return mark
}

// find returns the VEN of a peer if nothing is due to it. It returns nil if that is not
// known.
func (i *idlePolls) find(ctx context.Context, from Peer, now time.Time) *VEN {
	i.look(ctx)
	i.mu.RLock()
	is, ok := i.peers[Identity{from.Transport, from.Identity}]
	i.mu.RUnlock()
	if !ok || is.changes != i.changes.Load() || is.shard != i.shard(is.ven.No).Load() {
		return nil
	}
	if !is.next.IsZero() && !now.Before(is.next) {
		return nil
	}
	return is.ven
}

// put remembers that nothing is due to a VEN before next.
func (i *idlePolls) put(from Peer, ven *VEN, mark *idleMark, next time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.peers) >= maxIdle {
		clear(i.peers)
	}
	i.peers[Identity{from.Transport, from.Identity}] = idlePoll{ven, mark.changes, mark.shards[uint64(ven.No)%idleShards], next}
}

// look notices changes by other processes, from time to time. Others do not wait for it.
func (i *idlePolls) look(ctx context.Context) {
	now, last := time.Now().UnixNano(), i.looked.Load()
	if now-last < int64(idleChanges) || !i.looked.CompareAndSwap(last, now) {
		return
	}
	var rev int64
	err := i.reg.View(ctx, func(r Reader) (err error) {
		rev, err = r.Revision()
		return err
	})
	if err != nil || i.rev.Swap(rev) != rev {
		i.changed()
	}
}

// poll answers an oadrPoll over a [Requesting] transport (rule H7).
func (v *VTN) poll(ctx context.Context, from Peer, p *oadr.Payload) (oadr.Message, error) {
	var err error
	ven := v.reg.idle.find(ctx, from, v.clock.Now())
	found := ven != nil && !signed(p)
	var mark idleMark
	if found {
		err = v.signatures.check(ven, false, p)
	} else {
		mark = v.reg.idle.since()
		ven, err = v.signatures.sender(ctx, from, p)
	}
	switch {
	case err != nil:
		return nil, err
	case p.Form.Profile == oadr.ProfileA:
		return v.handleFrom(ctx, ven, from, p)
	case ven == nil || !ven.minded():
		return nil, ErrNotRegistered
	}
	v.hear(ctx, ven, from, p)
	registered := ven.Registration != nil
	if no := v.inadmissible(ven, p); no != nil {
		if !registered {
			return nil, ErrNotRegistered // G3 comes before all other faults
		}
		return no, nil
	}
	if !found {
		due, next, err := v.handOut(ctx, ven, from, p.Form)
		switch {
		case due != nil || err != nil:
			return due, err
		case !registered: // it was told that its registration has ended
			return nil, ErrNotRegistered
		}
		v.reg.idle.put(from, ven, &mark, next)
	}
	return &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"}, VENID: ven.VENID}, nil
}
