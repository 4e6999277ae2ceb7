package core

import (
	"testing"
	"time"
)

// fill starts pushes to n VENs from first on.
func (w *window) fill(first, n int, at time.Time) {
	for i := range n {
		no := int64(first + i)
		w.start(&flight{token: Token{TopicEvents, no, 1}, at: at})
	}
}

func TestFullWindowIsFilledAgainAtItsLowWaterMark(t *testing.T) {
	now := time.Now()
	freed := 0
	w := newWindow(100, func() { freed++ }, func(*flight, lostBy) { t.Error("a push is lost") })
	w.fill(1, 100, now)
	w.filled(ClaimKind{Urgency: UrgencyNormal})
	if n, wait := w.room(ClaimKind{Urgency: UrgencyNormal}, now); n != 0 || wait != Young {
		t.Fatalf("room for %d in a full window, wait %v", n, wait)
	}
	for no := range int64(49) {
		w.land(Token{TopicEvents, no + 1, 1})
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal}, now); n != 0 || freed != 0 {
		t.Errorf("room for %d with 51 in flight, freed %d times", n, freed)
	}
	w.land(Token{TopicEvents, 50, 1})
	if freed != 1 {
		t.Errorf("at the low-water mark the window was freed %d times", freed)
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal}, now); n != 50 {
		t.Errorf("room for %d with 50 in flight", n)
	}
	// Once the window is no longer full, it gives room until it is full again.
	w.fill(1000, 40, now)
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal}, now); n != 10 {
		t.Errorf("room for %d with 90 in flight", n)
	}
}

func TestUrgentPushesDoNotWaitForAFullWindow(t *testing.T) {
	now := time.Now()
	freed := 0
	w := newWindow(100, func() { freed++ }, func(*flight, lostBy) {})
	w.fill(1, 100, now)
	w.filled(ClaimKind{Urgency: UrgencyNormal})
	for _, u := range []Urgency{UrgencyCancel, UrgencySoon, UrgencyFew} {
		if n, _ := w.room(ClaimKind{Urgency: u}, now); n != 10 {
			t.Errorf("room for %d of urgency %d beyond a full window", n, u)
		}
	}
	w.fill(1000, 10, now)
	if n, _ := w.room(ClaimKind{Urgency: UrgencyFew}, now); n != 0 {
		t.Errorf("room for %d when that is full, too", n)
	}
	w.land(Token{TopicEvents, 1, 1})
	if n, _ := w.room(ClaimKind{Urgency: UrgencyFew}, now); n != 1 || freed != 1 {
		t.Errorf("room for %d after an answer, freed %d times", n, freed)
	}
	// A large cancellation is claimed in batches, too, and delays no other push.
	w.filled(ClaimKind{Urgency: UrgencyCancel})
	if n, _ := w.room(ClaimKind{Urgency: UrgencyCancel}, now); n != 0 {
		t.Errorf("room for %d when there was more than could be taken", n)
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencySoon}, now); n != 1 {
		t.Errorf("room for %d of another urgency", n)
	}
}

func TestSilentVENsShareATenth(t *testing.T) {
	now := time.Now()
	var lost []int64
	w := newWindow(100, func() {}, func(f *flight, _ lostBy) { lost = append(lost, f.token.VENNo) })
	for no := range int64(10) {
		w.start(&flight{token: Token{TopicEvents, no + 1, 1}, at: now, silent: true})
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal, Silent: true}, now); n != 0 {
		t.Errorf("room for %d more silent VENs", n)
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal}, now); n != 100 {
		t.Errorf("room for %d others", n)
	}
	if n, _ := w.room(ClaimKind{Urgency: UrgencyNormal, Silent: true}, now.Add(Young)); n != 10 || len(lost) != 0 || w.len() != 10 {
		t.Errorf("when they are no longer young there is room for %d, %d of them known, lost %v", n, w.len(), lost)
	}
	if w.room(ClaimKind{Urgency: UrgencyNormal, Silent: true}, now.Add(Lease)); len(lost) != 10 || w.len() != 0 {
		t.Errorf("after the lease %d are known, lost %v", w.len(), lost)
	}
}

func TestAgeingMakesRoomForWhoAskedForIt(t *testing.T) {
	now := time.Now()
	freed := 0
	w := newWindow(10, func() { freed++ }, func(*flight, lostBy) {})
	w.fill(1, 10, now)
	w.filled(ClaimKind{Urgency: UrgencyNormal})
	w.room(ClaimKind{Urgency: UrgencyNormal}, now)
	if !w.wanted() {
		t.Error("nobody waits for the window")
	}
	if w.quiet(now); freed != 0 {
		t.Error("freed while all are young")
	}
	if !w.quiet(now.Add(Young)) || freed != 1 || w.wanted() {
		t.Errorf("when none is young any more it was freed %d times", freed)
	}
}

// TestWindowIsNotQuietWhileMoreIsDue: between two claims of a fan-out, outcomes wait for a group. Each commit holds up a claim.
func TestWindowIsNotQuietWhileMoreIsDue(t *testing.T) {
	now := time.Now()
	w := newWindow(10, func() {}, func(*flight, lostBy) {})
	w.claimed(true)
	w.fill(1, 10, now)
	for no := range int64(10) {
		w.land(Token{TopicEvents, no + 1, 1})
	}
	if w.quiet(now) {
		t.Error("quiet though more is due")
	}
	if w.claimed(false); !w.quiet(now) {
		t.Error("not quiet after the last claim")
	}
}
