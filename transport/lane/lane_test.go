package lane

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

const turnBound = 4 * time.Second

func newTestLanes() (*Lanes, *coretest.Clock) {
	clock := coretest.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return New(NewBudget(clock), func(string) {}), clock
}

// entered is a request that has entered.
func entered(t *testing.T, l *Lanes, who string) *Ticket {
	t.Helper()
	x, err := l.Enter(who, who)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// waiting has a request wait for its turn, and returns when it does.
func waiting(t *testing.T, l *Lanes, who string) (*Ticket, chan error) {
	t.Helper()
	x := entered(t, l, who)
	turn := make(chan error, 1)
	l.mu.Lock()
	before := len(l.busy[who].waits)
	l.mu.Unlock()
	go func() { turn <- x.Turn(turnBound) }()
	sometime(t, "it waits", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.busy[who].waits) > before
	})
	return x, turn
}

func wantTurn(t *testing.T, turn chan error, want error) {
	t.Helper()
	select {
	case err := <-turn:
		if !errors.Is(err, want) {
			t.Fatalf("its turn: %v, want %v", err, want)
		}
	case <-time.After(patience):
		t.Fatal("its turn does not come")
	}
}

// Requests of one identity run in order, those of others meanwhile.
func TestLanesKeepOrder(t *testing.T) {
	t.Parallel()
	l, _ := newTestLanes()
	first := entered(t, l, "a")
	if err := first.Turn(turnBound); err != nil {
		t.Fatal(err)
	}
	second, turn2 := waiting(t, l, "a")
	third, turn3 := waiting(t, l, "a")
	other := entered(t, l, "b")
	if err := other.Turn(turnBound); err != nil {
		t.Fatal(err)
	}
	other.Leave(0)
	first.Leave(0)
	wantTurn(t, turn2, nil)
	select {
	case <-turn3:
		t.Fatal("the third runs beside the second")
	default:
	}
	second.Leave(0)
	wantTurn(t, turn3, nil)
	third.Leave(0)
	if len(l.busy) != 0 || l.jobs != 0 || l.bytes != 0 {
		t.Errorf("left behind: %v, %d jobs, %d bytes", l.busy, l.jobs, l.bytes)
	}
}

// H6: a request that does not get its turn in time is refused, and the next one still gets its own.
func TestH6LanesGiveUp(t *testing.T) {
	t.Parallel()
	l, clock := newTestLanes()
	first := entered(t, l, "a")
	_ = first.Turn(turnBound)
	late, turn := waiting(t, l, "a")
	clock.AwaitWait(t, turnBound)
	clock.Move(turnBound)
	wantTurn(t, turn, ErrQueueFull)
	late.Leave(0)
	next, turn := waiting(t, l, "a")
	first.Leave(0)
	wantTurn(t, turn, nil)
	next.Leave(0)
	if len(l.busy) != 0 {
		t.Errorf("left behind: %v", l.busy)
	}
}

// H6: so few requests run at once that each is answered in time. The others wait, and are refused when that takes too long.
func TestH6FewRunAtOnce(t *testing.T) {
	t.Parallel()
	l, clock := newTestLanes()
	var run []*Ticket
	for i := range mostRun {
		x := entered(t, l, strconv.Itoa(i))
		if err := x.Turn(turnBound); err != nil {
			t.Fatal(err)
		}
		run = append(run, x)
	}
	wait := func(who string) (*Ticket, chan error) {
		x, turn := entered(t, l, who), make(chan error, 1)
		go func() { turn <- x.Turn(turnBound) }()
		clock.AwaitWait(t, turnBound)
		return x, turn
	}
	nobodyWaits := entered(t, l, "b")
	if err := nobodyWaits.Turn(0); err != nil {
		t.Fatal(err)
	}
	x, turn := wait("x")
	run[0].Leave(0)
	wantTurn(t, turn, nil)
	late, turn := wait("late")
	clock.Move(turnBound)
	wantTurn(t, turn, ErrQueueFull)
	for _, one := range append(run[1:], nobodyWaits, x, late) {
		one.Leave(0)
	}
	if len(l.places) != 0 || len(l.busy) != 0 {
		t.Errorf("left behind: %d places, %v", len(l.places), l.busy)
	}
}

// What waits of one identity, and of all, is bounded.
func TestLanesAreBounded(t *testing.T) {
	t.Parallel()
	l, _ := newTestLanes()
	var all []*Ticket
	for range Length {
		all = append(all, entered(t, l, "a"))
	}
	if _, err := l.Enter("a", "a"); !errors.Is(err, ErrQueueFull) {
		t.Errorf("request %d: %v", Length+1, err)
	}
	if err := all[0].Room(mostShare); err != nil {
		t.Error(err)
	}
	if err := all[1].Room(alwaysTo + 1); !errors.Is(err, ErrQueueFull) {
		t.Errorf("more than its share: %v", err)
	}
	for i := 1; i < mostBytes/mostShare; i++ {
		x := entered(t, l, string(rune('b'+i)))
		if err := x.Room(mostShare); err != nil {
			t.Error(err)
		}
	}
	if err := entered(t, l, "z").Room(alwaysTo + 1); !errors.Is(err, ErrQueueFull) {
		t.Errorf("more than all may have: %v", err)
	}
	poll := entered(t, l, "z")
	if err := poll.Room(alwaysTo); err != nil {
		t.Errorf("a poll beside what takes all room: %v", err)
	}
	if err := poll.Room(1); !errors.Is(err, ErrQueueFull) {
		t.Errorf("what is larger: %v", err)
	}
	all[0].Leave(0)
	if err := all[1].Room(alwaysTo + 1); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

// An identity that took more work than its share waits, and nobody else does.
func TestLanesShareWork(t *testing.T) {
	t.Parallel()
	l, clock := newTestLanes()
	x := entered(t, l, "a")
	_ = x.Turn(turnBound)
	x.Leave(550 * time.Millisecond) // owes 0.05 s of work, a second's
	y := entered(t, l, "a")
	turn := make(chan error, 1)
	go func() { turn <- y.Turn(turnBound) }()
	clock.AwaitWait(t, time.Second+1)
	other := entered(t, l, "b")
	if err := other.Turn(turnBound); err != nil {
		t.Fatal(err)
	}
	other.Leave(0)
	z := entered(t, l, "a")
	if _, err := l.Enter("a", "a"); !errors.Is(err, ErrOverBudget) {
		t.Errorf("one more: %v", err)
	}
	z.Leave(0)
	clock.Move(time.Second + 1)
	wantTurn(t, turn, nil)
	y.Leave(time.Second) // owes half a second of work: ten seconds
	late := entered(t, l, "a")
	if err := late.Turn(turnBound); !errors.Is(err, ErrOverBudget) {
		t.Errorf("it would have to wait ten seconds: %v", err)
	}
	late.Leave(0)
}

// Few heavy requests run at a time.
func TestLanesHeavy(t *testing.T) {
	t.Parallel()
	l, _ := newTestLanes()
	var heavy []*Ticket
	for i := range heavySlots {
		x := entered(t, l, string(rune('a'+i)))
		_ = x.Room(heavySize)
		if err := x.Turn(turnBound); err != nil {
			t.Fatal(err)
		}
		heavy = append(heavy, x)
	}
	light := entered(t, l, "light")
	if err := light.Turn(turnBound); err != nil {
		t.Errorf("a light one: %v", err)
	}
	one := entered(t, l, "one more")
	_ = one.Room(heavySize)
	turn := make(chan error, 1)
	go func() { turn <- one.Turn(turnBound) }()
	heavy[0].Leave(0)
	wantTurn(t, turn, nil)
	one.Leave(0)
	if n := len(l.budget.slots); n != heavySlots-1 {
		t.Errorf("%d slots are taken", n)
	}
}
