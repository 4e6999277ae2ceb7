package registry_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
)

// Two stores take the same steps. One settles equal outcomes together, the other one by
// one: they return the same verdicts and hold the same rows.
func TestSettlingTogetherEqualsOneByOne(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		random := testrand.New(t)
		other := newWorld(t, nil, "", w.now)
		for name, make := range stores {
			if (name == "sqlite") == w.SQLite() {
				other.store = make(t)
				other.Registry = open(t, other.store)
			}
		}
		const vens = 40
		both := []*world{w, other}
		for i := range vens {
			for _, w := range both {
				w.ven(fmt.Sprintf("ven-%02d", i), fmt.Sprint("g", i%3))
			}
		}
		var claims []core.Claim // of all rounds: most are stale
		for round := range 30 {
			g := group(fmt.Sprint("g", random.IntN(3)))
			for _, w := range both {
				w.pass(10 * time.Minute) // longer than the jitter of leases and backoffs
				w.event(fmt.Sprint("e", round), g)
				for _, silent := range []bool{false, true} {
					c := w.claimKind(core.ClaimKind{Urgency: core.UrgencyNormal, Silent: silent})
					if w == other {
						claims = append(claims, c...)
					}
				}
			}
			batch := randomBatch(random, claims)
			fast, err := w.Settle(ctx, w.now, batch, nil)
			w.must(err)
			slow, err := other.SettleRest(ctx, w.now, batch)
			w.must(err)
			if len(batch) > 0 && !reflect.DeepEqual(fast, slow) {
				t.Fatalf("round %d: verdicts\n%v\nand one by one\n%v", round, fast, slow)
			}
			got, want := w.outboxes(), other.outboxes()
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Fatalf("round %d: rows, from the first difference on,\n%v\nand one by one\n%v", round, got[min(i, len(got)):], want[min(i, len(want)):])
				}
			}
		}
		if n := w.count(`SELECT count(*) FROM push`); n < 30 {
			t.Errorf("only %d pushes settled", n)
		}
	})
}

// randomBatch settles random claims, later ones more often, some of them with a wrong token or sender.
func randomBatch(random *rand.Rand, claims []core.Claim) (batch []core.Settlement) {
	for range random.IntN(60) {
		if len(claims) == 0 {
			break
		}
		c := claims[len(claims)-1-min(random.IntN(len(claims)), random.IntN(60))]
		s := core.Settlement{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: core.Acknowledged, Code: 200}}
		switch random.IntN(12) {
		case 0:
			s.Outcome = core.Outcome{Result: core.Refused, Code: 454, Error: "no\x00 \"way\""}
		case 1:
			s.Outcome = core.Outcome{Result: core.Requeue, Error: "moved"}
		case 2:
			s.By = jid("ven-00")
		case 3:
			s.By.Name = "\x00\xff"
		case 4:
			s.Token.VENNo += 1 << 56
		case 5:
			s.Token.Rev++
		case 6:
			s.By.Transport = "other"
		}
		batch = append(batch, s)
	}
	return batch
}
