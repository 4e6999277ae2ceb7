package lane

import (
	"testing"
	"time"
)

// Whoever uses up its budget over one transport waits at another too.
func TestBudgetOfTwoTransports(t *testing.T) {
	t.Parallel()
	one, clock := newTestLanes()
	other := New(one.budget, func(string) {})
	x := entered(t, one, "a")
	_ = x.Turn(turnBound)
	x.Leave(550 * time.Millisecond)
	y := entered(t, other, "a")
	turn := make(chan error, 1)
	go func() { turn <- y.Turn(turnBound) }()
	clock.AwaitWait(t, time.Second+1)
	clock.Move(time.Second + 1)
	wantTurn(t, turn, nil)
}

// Few heavy jobs of all transports run at a time.
func TestSlotsOfTwoTransports(t *testing.T) {
	t.Parallel()
	one, clock := newTestLanes()
	other := New(one.budget, func(string) {})
	for i := range heavySlots {
		x := entered(t, []*Lanes{one, other}[i%2], string(rune('a'+i)))
		_ = x.Room(heavySize)
		if err := x.Turn(turnBound); err != nil {
			t.Fatal(err)
		}
	}
	more := entered(t, other, "one more")
	_ = more.Room(heavySize)
	turn := make(chan error, 1)
	go func() { turn <- more.Turn(turnBound) }()
	clock.AwaitWait(t, turnBound)
	clock.Move(turnBound)
	wantTurn(t, turn, ErrQueueFull)
	if err := entered(t, other, "light").Turn(turnBound); err != nil {
		t.Errorf("a light one: %v", err)
	}
}

// Of what nobody pays for, nothing waits for a budget, and nothing is spent.
func TestNobodyPays(t *testing.T) {
	t.Parallel()
	l, _ := newTestLanes()
	l.budget.work.Spend("a", 1)
	x, err := l.Enter("a", "")
	if err != nil {
		t.Fatal(err)
	}
	_ = x.Room(heavySize)
	if err := x.Turn(turnBound); err != nil || len(l.budget.slots) != 0 {
		t.Errorf("its turn: %v, and it has %d slots", err, len(l.budget.slots))
	}
	x.Leave(time.Second)
	if owes := l.budget.owes(""); owes != 0 {
		t.Errorf("nobody owes %v", owes)
	}
	if _, err := l.Enter("a", "a"); err != nil {
		t.Errorf("the first job of one that owes waits, it is not refused: %v", err)
	}
}
