package people

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// People are the users of one VTN. It is safe for concurrent use.
type People struct {
	store     Store
	clock     core.Clock
	passwords passwords
	attempts  attempts
	found     atomic.Pointer[found]
	changes   atomic.Uint64
}

// New returns the people in a store.
func New(store Store, clock core.Clock) *People {
	return &People{store: store, clock: clock, passwords: newPasswords()}
}

// Person is who makes a request.
type Person struct {
	Name string
	Role Role
	Via  string // session, token or none
	Key  string // ID of the session or token; empty for [Token] and [Local]
	Ends time.Time
}

// ErrNoKey: a session or token does not exist, or has ended.
var ErrNoKey = errors.New("the session or token does not exist or has ended")

// ErrWrong: the user's name or password is wrong.
var ErrWrong = errors.New("the name or the password is wrong")

// WaitError: too many passwords were wrong; the next may be tried after a while.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("too many passwords were wrong; try again in %d seconds", int(e.For.Seconds())+1)
}

// How long it counts what [People.Any] found, and how long it looks for that.
const (
	anyCounts = time.Second
	anyTime   = 2 * time.Second
)

// found is what [People.Any] found, and when.
type found struct {
	any bool
	at  time.Time
}

// Any reports whether there are users at all. While the store does not work, it is what
// was so before.
func (p *People) Any(ctx context.Context) (bool, error) {
	now, before := p.clock.Now(), p.found.Load()
	if before != nil && now.Sub(before.at) < anyCounts {
		return before.any, nil
	}
	ctx, cancel := context.WithTimeout(ctx, anyTime) // of the machine: no rule is about it
	defer cancel()
	any, err := p.store.AnyUser(ctx)
	if err != nil {
		if before == nil {
			return false, err
		}
		any = before.any
	}
	p.found.CompareAndSwap(before, &found{any, now})
	return any, nil
}

// Changes counts the changes in this process after which somebody may be let in no more.
func (p *People) Changes() uint64 { return p.changes.Load() }

// Of finds whose a secret is: a session's, or a program's token. It returns [ErrNoKey]
// if it is nobody's.
func (p *People) Of(ctx context.Context, kind KeyKind, secret string) (Person, error) {
	k, u, err := p.store.Key(ctx, hashOf(secret))
	now := p.clock.Now()
	switch {
	case errors.Is(err, core.ErrNotFound):
		return Person{}, ErrNoKey
	case err != nil:
		return Person{}, err
	case k.Kind != kind || k.over(now):
		return Person{}, ErrNoKey
	}
	if now.Sub(k.UsedAt) >= usedEvery {
		if err := p.store.UseKey(ctx, k.Hash, now); err != nil {
			return Person{}, err
		}
	}
	role := u.Role
	if k.Kind == Bearer {
		role = lesser(role, k.Role)
	}
	return Person{Name: u.Name, Role: role, Via: string(kind), Key: k.ID, Ends: k.ExpiresAt}, nil
}

// SignIn begins a session of a user, and returns its secret. The error is [ErrWrong], with
// the name if there is such a user, a [*WaitError] if too many passwords from that
// address were wrong, or [core.ErrBusy].
func (p *People) SignIn(ctx context.Context, name, password, address string) (secret string, who Person, err error) {
	name = normalName(name)
	now := p.clock.Now()
	if wait := p.attempts.wait(now, address, name); wait > 0 {
		return "", Person{}, &WaitError{wait}
	}
	u := &User{}
	if checkName(name) == "" {
		if u, err = p.store.User(ctx, name); errors.Is(err, core.ErrNotFound) {
			u = &User{}
		} else if err != nil {
			return "", Person{}, err
		}
	}
	ok, err := p.passwords.matches(ctx, password, u.Password)
	if err != nil {
		return "", Person{}, err
	}
	if !ok {
		p.attempts.failed(now, address, name)
		return "", Person{Name: u.Name}, ErrWrong
	}
	p.attempts.succeeded(address, name)
	return p.begin(ctx, u, now)
}

// begin begins a session of a user.
func (p *People) begin(ctx context.Context, u *User, now time.Time) (secret string, who Person, err error) {
	secret = newSecret(Session)
	k := Key{ID: newID(), Hash: hashOf(secret), User: u.Name, Kind: Session, Role: u.Role, CreatedAt: now, ExpiresAt: now.Add(SessionTime), UsedAt: now}
	if err := p.store.AddKey(ctx, k); err != nil {
		return "", Person{}, err
	}
	return secret, Person{Name: u.Name, Role: u.Role, Via: string(Session), Key: k.ID, Ends: k.ExpiresAt}, nil
}

// SignOut ends a person's session.
func (p *People) SignOut(ctx context.Context, who Person) error {
	defer p.changes.Add(1)
	err := p.store.DeleteKey(ctx, who.Name, who.Key)
	if errors.Is(err, core.ErrNotFound) {
		return nil // it has ended
	}
	return err
}

// Retire deletes what has ended: sessions, tokens, and what is older than retention of
// the audit log.
func (p *People) Retire(ctx context.Context, retention time.Duration) error {
	now := p.clock.Now()
	return errors.Join(
		p.store.RetireKeys(ctx, now, now.Add(-SessionIdle)),
		p.store.RetireRecords(ctx, now.Add(-retention), MaxRecords),
	)
}

// Run retires what has ended, hourly, until ctx ends.
func (p *People) Run(ctx context.Context, retention time.Duration, failed func(error)) error {
	for {
		if err := p.Retire(ctx, retention); err != nil && ctx.Err() == nil {
			failed(err)
		}
		hour, stop := p.clock.After(time.Hour)
		select {
		case <-hour:
		case <-ctx.Done():
			stop()
			return nil
		}
	}
}
