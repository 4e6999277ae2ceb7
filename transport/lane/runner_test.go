package lane

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

func testRunner() *Runner { return NewRunner(NewBudget(core.SystemClock{}), func(string) {}) }

func TestRunnerKeepOrder(t *testing.T) {
	r := testRunner()
	var mu sync.Mutex
	ran := map[string][]int{}
	for i := range Length {
		for _, identity := range []string{"a", "b", "c"} {
			if err := r.Add(identity, Job{identity, 1, func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				ran[identity] = append(ran[identity], i)
				return 0
			}}); err != nil {
				t.Fatalf("job %d of %s was not taken: %v", i, identity, err)
			}
		}
	}
	if !r.Close(patience) {
		t.Fatal("not all jobs ran")
	}
	for identity, got := range ran {
		for i := range got {
			if got[i] != i {
				t.Errorf("%s ran in the order %v", identity, got)
				break
			}
		}
	}
	if r.jobs != 0 || r.bytes != 0 || len(r.busy) != 0 {
		t.Errorf("left: %d jobs, %d bytes, %d identities", r.jobs, r.bytes, len(r.busy))
	}
}

// TestRunnerBounds: an identity whose job stands still blocks no other, and all
// identities together hold a bounded number of jobs and bytes.
func TestRunnerBounds(t *testing.T) {
	r := testRunner()
	release := make(chan struct{})
	stuck := func() time.Duration { <-release; return 0 }
	taken := func(identity string, size, tries int) (n int) {
		for range tries {
			if r.Add(identity, Job{"", size, stuck}) == nil {
				n++
			}
		}
		return n
	}
	if got := taken("a", 0, 100); got != Length {
		t.Errorf("%d jobs of one identity, want %d", got, Length)
	}
	other := make(chan struct{})
	r.Add("b", Job{"", 0, func() time.Duration { close(other); return 0 }}) //nolint:errcheck // else the test stands
	<-other
	if got := taken("c", mostShare/2, 3); got != 2 {
		t.Errorf("%d jobs of half an identity's bytes, want 2", got)
	}
	full := 1
	for i := range 2 * mostBytes / mostShare {
		full += taken(fmt.Sprint("d", i), mostShare, 1)
	}
	if full != mostBytes/mostShare {
		t.Errorf("%d identities' bytes were taken, want %d", full, mostBytes/mostShare)
	}
	close(release)
	if !r.Close(patience) {
		t.Fatal("not all jobs ran")
	}

	r, release = testRunner(), make(chan struct{})
	stuck = func() time.Duration { <-release; return 0 }
	total := 0
	for i := range 2 * mostJobs {
		total += taken(strconv.Itoa(i), 0, 1)
	}
	if total != mostJobs {
		t.Errorf("%d jobs of all identities, want %d", total, mostJobs)
	}
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	r.clock = now
	finished := make(chan bool)
	go func() { finished <- r.Close(time.Second) }()
	now.AwaitWait(t, time.Second)
	now.Move(time.Second)
	if <-finished {
		t.Error("jobs that stand still count as finished")
	}
	if r.Add("z", Job{Run: func() time.Duration { return 0 }}) == nil {
		t.Error("a job was taken after the end")
	}
	close(release)
}

// working is a job that takes so much work of an identity and reports that it ran.
func working(identity string, took time.Duration, ran chan<- string) Job {
	return Job{identity, 1, func() time.Duration {
		ran <- identity
		return took
	}}
}

// TestRunnerHoldIdentitiesToTheirBudget: an identity that has used up more than its
// share waits in its own lane, with little room there, until time has passed. Others
// do not wait.
func TestRunnerHoldIdentitiesToTheirBudget(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	paused := make(chan string, 100)
	r := NewRunner(NewBudget(now), func(payer string) { paused <- payer })
	ran := make(chan string, 100)
	if err := r.Add("hostile", working("hostile", 600*time.Millisecond, ran)); err != nil {
		t.Fatal(err)
	}
	receive(t, ran, "the first job")
	r.idle(t, "hostile")
	if err := r.Add("hostile", working("hostile", 100*time.Millisecond, ran)); err != nil {
		t.Fatal(err)
	}
	if who := receive(t, paused, "word of a pause"); who != "hostile" {
		t.Errorf("%s waits", who)
	}
	if err := r.Add("hostile", working("hostile", 0, ran)); err != nil {
		t.Errorf("there is no room for one that waits: %v", err)
	}
	if err := r.Add("hostile", working("hostile", 0, ran)); !errors.Is(err, ErrOverBudget) {
		t.Errorf("one more was taken: %v", err)
	}
	for range 2 * Length {
		if err := r.Add("honest", working("honest", 10*time.Millisecond, ran)); err != nil {
			t.Fatal(err)
		}
		if who := receive(t, ran, "the other's job"); who != "honest" {
			t.Fatalf("%s ran", who)
		}
	}
	pushed := make(chan string, 1)
	if err := r.Add("hostile", Job{"", 0, func() time.Duration { pushed <- "push"; return 0 }}); err != nil { // which costs it nothing
		t.Errorf("a push to it was not taken: %v", err)
	}
	wait := r.budget.owes("hostile")
	if wait.Round(time.Millisecond) != 2*time.Second {
		t.Errorf("waits %v until 100 ms more are there, want 2 s", wait)
	}
	now.AwaitWait(t, wait)
	now.Move(wait)
	receive(t, ran, "the second job")
	if who := receive(t, paused, "word of a pause"); who != "hostile" {
		t.Errorf("%s waits", who)
	}
	wait = r.budget.owes("hostile")
	now.AwaitWait(t, wait)
	now.Move(wait)
	receive(t, ran, "the third job")
	receive(t, pushed, "the push")
	if !r.Close(patience) {
		t.Fatal("not all jobs ran")
	}
}

// idle waits until an identity has no jobs.
func (r *Runner) idle(t *testing.T, identity string) {
	t.Helper()
	for jobs, _ := r.Held(identity); jobs > 0; jobs, _ = r.Held(identity) {
		runtime.Gosched()
	}
}

// TestBudgetsBoundTheWork: a hostile identity gets a burst and its share of the time,
// whatever its requests cost and however long it sends them without a pause.
func TestBudgetsBoundTheWork(t *testing.T) {
	for _, cost := range []time.Duration{time.Millisecond, 7 * time.Millisecond, 50 * time.Millisecond, 490 * time.Millisecond} {
		began := time.Unix(1_800_000_000, 0)
		now := coretest.NewClock(began)
		r := NewRunner(NewBudget(now), func(string) {})
		ran := make(chan string, 1)
		jobs := 0
		for now.Now().Sub(began) < 100*time.Second {
			wait := r.budget.owes("a")
			if err := r.Add("a", working("a", cost, ran)); err != nil {
				t.Fatal(err)
			}
			if wait > 0 {
				now.AwaitWait(t, wait)
				now.Move(wait)
			}
			receive(t, ran, "the job")
			r.idle(t, "a")
			jobs++
		}
		took, passed := time.Duration(jobs)*cost, now.Now().Sub(began)
		share := (shareTime*time.Second + passed) * DefaultShare / 100
		if took > share+cost { // the last may go beyond
			t.Errorf("of requests of %v there was %v of work in %v, at most are %v", cost, took, passed, share)
		}
		if took < share/2 {
			t.Errorf("of requests of %v there was %v of work in %v only", cost, took, passed)
		}
		r.Close(patience)
	}
}

// TestMuchWorkIsDoneFewAtATime: few large payloads, and few payloads of busy
// identities, are handled at a time; others are handled beside them.
func TestMuchWorkIsDoneFewAtATime(t *testing.T) {
	r := NewRunner(NewBudget(coretest.NewClock(time.Unix(1_800_000_000, 0))), func(string) {})
	r.budget.work.Spend("busy", 0.3)
	started, release := make(chan string, 100), make(chan struct{})
	heavy := func(who string, size int) {
		t.Helper()
		if err := r.Add(who, Job{who, size, func() time.Duration { started <- who; <-release; return 0 }}); err != nil {
			t.Fatal(err)
		}
	}
	heavy("busy", 1)
	for i := range heavySlots - 1 {
		heavy(strconv.Itoa(i), heavySize)
	}
	for range heavySlots {
		receive(t, started, "much work")
	}
	for i := range 8 {
		heavy(strconv.Itoa(100+i), heavySize)
	}
	ran := make(chan string, 1)
	for range 20 {
		r.Add("honest", working("honest", time.Millisecond, ran)) //nolint:errcheck // else it does not run
		receive(t, ran, "an honest job")
	}
	select {
	case who := <-started:
		t.Errorf("%s is worked for as one too many", who)
	default:
	}
	close(release)
	if !r.Close(patience) {
		t.Fatal("not all jobs ran")
	}
}

// TestRunnerEndWithoutWaitingForBudgets: jobs that wait when the lanes end run then.
func TestRunnerEndWithoutWaitingForBudgets(t *testing.T) {
	paused := make(chan string, 1)
	r := NewRunner(NewBudget(coretest.NewClock(time.Unix(1_800_000_000, 0))), func(payer string) { paused <- payer })
	r.budget.work.Spend("a", 1)
	ran := make(chan string, 1)
	if err := r.Add("a", working("a", 0, ran)); err != nil {
		t.Fatal(err)
	}
	receive(t, paused, "word of a pause")
	if !r.Close(patience) {
		t.Fatal("the job did not run")
	}
	receive(t, ran, "the job")
}

// Where no share is set, no work makes anybody wait.
func TestSharesOfNothingAreNoLimit(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	for percent, limited := range map[int]bool{0: false, 1: true, DefaultShare: true, 100: true} {
		b := NewShares(percent, now)
		b.work.Spend("a", 60)
		if owes := b.owes("a") > 0; owes != limited {
			t.Errorf("after a minute of work with a share of %d %% it owes some: %v", percent, owes)
		}
		if b.heavy("b", 1) {
			t.Errorf("with a share of %d %% the first small job of somebody is heavy", percent)
		}
	}
}
