package people

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// cost is what one password costs to check: 19 MiB and about 20 ms, the least that
// OWASP's cheat sheet on password storage advises.
var cost = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Passwords that are computed at once, and how long others wait for their turn. They
// bound the memory and time that sign-ins can take.
const (
	computedAtOnce = 2
	turn           = 5 * time.Second
)

// passwords computes and compares hashes of passwords.
type passwords struct {
	turns chan struct{}
	other func() string // the hash that stands for the password of somebody unknown
}

func newPasswords() passwords {
	return passwords{
		turns: make(chan struct{}, computedAtOnce),
		other: sync.OnceValue(func() string {
			hash, err := argon2id.CreateHash("nobody's password", cost)
			if err != nil {
				panic(err) // the system has no randomness
			}
			return hash
		}),
	}
}

// await waits for a turn and returns what ends it.
func (p passwords) await(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("too many sign in at once: %w", core.ErrBusy)
	}
}

func (p passwords) hash(ctx context.Context, password string) (string, error) {
	done, err := p.await(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(password, cost)
}

// matches compares a password with a hash. It takes as long for an empty hash, so that
// the time does not tell which users there are.
func (p passwords) matches(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	done, err := p.await(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, p.other())
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
