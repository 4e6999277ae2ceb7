package xmpp

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

func testLanes() *lanes { return newLanes(core.SystemClock{}, func(string) {}) }

func TestLanesKeepOrder(t *testing.T) {
	l := testLanes()
	var mu sync.Mutex
	ran := map[string][]int{}
	for i := range laneLength {
		for _, identity := range []string{"a", "b", "c"} {
			if err := l.add(identity, job{identity, 1, func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				ran[identity] = append(ran[identity], i)
				return 0
			}}); err != nil {
				t.Fatalf("job %d of %s was not taken: %v", i, identity, err)
			}
		}
	}
	if !l.close(patience) {
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
	if l.jobs != 0 || l.bytes != 0 || len(l.busy) != 0 {
		t.Errorf("left: %d jobs, %d bytes, %d identities", l.jobs, l.bytes, len(l.busy))
	}
}

// TestLanesBounds: an identity whose job stands still blocks no other, and all
// identities together hold a bounded number of jobs and bytes.
func TestLanesBounds(t *testing.T) {
	l := testLanes()
	release := make(chan struct{})
	stuck := func() time.Duration { <-release; return 0 }
	taken := func(identity string, size, tries int) (n int) {
		for range tries {
			if l.add(identity, job{"", size, stuck}) == nil {
				n++
			}
		}
		return n
	}
	if got := taken("a", 0, 100); got != laneLength {
		t.Errorf("%d jobs of one identity, want %d", got, laneLength)
	}
	other := make(chan struct{})
	l.add("b", job{"", 0, func() time.Duration { close(other); return 0 }}) //nolint:errcheck // else the test stands
	<-other
	if got := taken("c", laneShare/2, 3); got != 2 {
		t.Errorf("%d jobs of half an identity's bytes, want 2", got)
	}
	full := 1
	for i := range 2 * laneBytes / laneShare {
		full += taken(fmt.Sprint("d", i), laneShare, 1)
	}
	if full != laneBytes/laneShare {
		t.Errorf("%d identities' bytes were taken, want %d", full, laneBytes/laneShare)
	}
	close(release)
	if !l.close(patience) {
		t.Fatal("not all jobs ran")
	}

	l, release = testLanes(), make(chan struct{})
	stuck = func() time.Duration { <-release; return 0 }
	total := 0
	for i := range 2 * laneJobs {
		total += taken(strconv.Itoa(i), 0, 1)
	}
	if total != laneJobs {
		t.Errorf("%d jobs of all identities, want %d", total, laneJobs)
	}
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	l.clock = now
	finished := make(chan bool)
	go func() { finished <- l.close(time.Second) }()
	now.AwaitWait(t, time.Second)
	now.Move(time.Second)
	if <-finished {
		t.Error("jobs that stand still count as finished")
	}
	if l.add("z", job{run: func() time.Duration { return 0 }}) == nil {
		t.Error("a job was taken after the end")
	}
	close(release)
}

func TestLocalpart(t *testing.T) {
	for id, want := range map[string]string{"VTN": "vtn", "My VTN/1": "my-vtn-1", "é@x": "é-x", "": "vtn", "a.b_c~d+e": "a.b_c~d+e"} {
		c := New(Config{Domain: "vtn.example.org", VTNID: id}, nil)
		if got := c.ServiceJID(); got != want+"@vtn.example.org" || c.err != nil {
			t.Errorf("%q became %s, %v", id, got, c.err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, cfg := range []Config{{Domain: ""}, {Domain: "a b.example.org"}, {Domain: "vtn"}, {Domain: "vtn.example.org", AllowDomains: []string{"@"}}} {
		if err := New(cfg, nil).Run(t.Context()); err == nil {
			t.Errorf("%+v was taken", fmt.Sprint(cfg.Domain, cfg.AllowDomains))
		}
	}
}

// working is a job that takes so much work of an identity and reports that it ran.
func working(identity string, took time.Duration, ran chan<- string) job {
	return job{identity, 1, func() time.Duration {
		ran <- identity
		return took
	}}
}

// TestLanesHoldIdentitiesToTheirBudget: an identity that has used up more than its
// share waits in its own lane, with little room there, until time has passed. Others
// do not wait.
func TestLanesHoldIdentitiesToTheirBudget(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	paused := make(chan string, 100)
	l := newLanes(now, func(payer string) { paused <- payer })
	ran := make(chan string, 100)
	if err := l.add("hostile", working("hostile", 600*time.Millisecond, ran)); err != nil {
		t.Fatal(err)
	}
	receive(t, ran, "the first job")
	l.idle(t, "hostile")
	if err := l.add("hostile", working("hostile", 100*time.Millisecond, ran)); err != nil {
		t.Fatal(err)
	}
	if who := receive(t, paused, "word of a pause"); who != "hostile" {
		t.Errorf("%s waits", who)
	}
	if err := l.add("hostile", working("hostile", 0, ran)); err != nil {
		t.Errorf("there is no room for one that waits: %v", err)
	}
	if err := l.add("hostile", working("hostile", 0, ran)); !errors.Is(err, errOverBudget) {
		t.Errorf("one more was taken: %v", err)
	}
	for range 2 * laneLength {
		if err := l.add("honest", working("honest", 10*time.Millisecond, ran)); err != nil {
			t.Fatal(err)
		}
		if who := receive(t, ran, "the other's job"); who != "honest" {
			t.Fatalf("%s ran", who)
		}
	}
	pushed := make(chan string, 1)
	if err := l.add("hostile", job{"", 0, func() time.Duration { pushed <- "push"; return 0 }}); err != nil { // which costs it nothing
		t.Errorf("a push to it was not taken: %v", err)
	}
	wait := l.budget.Until("hostile", 0)
	if wait.Round(time.Millisecond) != 2*time.Second {
		t.Errorf("waits %v until 100 ms more are there, want 2 s", wait)
	}
	now.AwaitWait(t, wait)
	now.Move(wait)
	receive(t, ran, "the second job")
	if who := receive(t, paused, "word of a pause"); who != "hostile" {
		t.Errorf("%s waits", who)
	}
	wait = l.budget.Until("hostile", 0)
	now.AwaitWait(t, wait)
	now.Move(wait)
	receive(t, ran, "the third job")
	receive(t, pushed, "the push")
	if !l.close(patience) {
		t.Fatal("not all jobs ran")
	}
}

// idle waits until an identity has no jobs.
func (l *lanes) idle(t *testing.T, identity string) {
	t.Helper()
	for l.has(identity) {
		runtime.Gosched()
	}
}

// TestBudgetsBoundTheWork: a hostile identity gets a burst and its share of the time,
// whatever its requests cost and however long it sends them without a pause.
func TestBudgetsBoundTheWork(t *testing.T) {
	for _, cost := range []time.Duration{time.Millisecond, 7 * time.Millisecond, 50 * time.Millisecond, 490 * time.Millisecond} {
		began := time.Unix(1_800_000_000, 0)
		now := coretest.NewClock(began)
		l := newLanes(now, func(string) {})
		ran := make(chan string, 1)
		jobs := 0
		for now.Now().Sub(began) < 100*time.Second {
			wait := l.budget.Until("a", 0)
			if err := l.add("a", working("a", cost, ran)); err != nil {
				t.Fatal(err)
			}
			if wait > 0 {
				now.AwaitWait(t, wait)
				now.Move(wait)
			}
			receive(t, ran, "the job")
			l.idle(t, "a")
			jobs++
		}
		took, passed := time.Duration(jobs)*cost, now.Now().Sub(began)
		share := time.Duration((workAtOnce + workPerSecond*passed.Seconds()) * 1e9)
		if took > share+cost { // the last may go beyond
			t.Errorf("of requests of %v there was %v of work in %v, at most are %v", cost, took, passed, share)
		}
		if took < share/2 {
			t.Errorf("of requests of %v there was %v of work in %v only", cost, took, passed)
		}
		l.close(patience)
	}
}

// TestMuchWorkIsDoneFewAtATime: few large payloads, and few payloads of busy
// identities, are handled at a time; others are handled beside them.
func TestMuchWorkIsDoneFewAtATime(t *testing.T) {
	l := newLanes(coretest.NewClock(time.Unix(1_800_000_000, 0)), func(string) {})
	l.budget.Spend("busy", 0.3)
	started, release := make(chan string, 100), make(chan struct{})
	heavy := func(who string, size int) {
		t.Helper()
		if err := l.add(who, job{who, size, func() time.Duration { started <- who; <-release; return 0 }}); err != nil {
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
		l.add("honest", working("honest", time.Millisecond, ran)) //nolint:errcheck // else it does not run
		receive(t, ran, "an honest job")
	}
	select {
	case who := <-started:
		t.Errorf("%s is worked for as one too many", who)
	default:
	}
	close(release)
	if !l.close(patience) {
		t.Fatal("not all jobs ran")
	}
}

// TestLanesEndWithoutWaitingForBudgets: jobs that wait when the lanes end run then.
func TestLanesEndWithoutWaitingForBudgets(t *testing.T) {
	paused := make(chan string, 1)
	l := newLanes(coretest.NewClock(time.Unix(1_800_000_000, 0)), func(payer string) { paused <- payer })
	l.budget.Spend("a", 1)
	ran := make(chan string, 1)
	if err := l.add("a", working("a", 0, ran)); err != nil {
		t.Fatal(err)
	}
	receive(t, paused, "word of a pause")
	if !l.close(patience) {
		t.Fatal("the job did not run")
	}
	receive(t, ran, "the job")
}

// TestStrangersOfOneDomainShareABudget, since anybody can have many accounts of
// another domain.
func TestStrangersOfOneDomainShareABudget(t *testing.T) {
	for p, want := range map[core.Peer]string{
		{Identity: "ven1@example.org"}:              "ven1@example.org",
		{Identity: "a@elsewhere.org", Barred: "no"}: "elsewhere.org",
		{Identity: "b@elsewhere.org", Barred: "no"}: "elsewhere.org",
		{Identity: "elsewhere.org", Barred: "no"}:   "elsewhere.org",
	} {
		if got := payer(p); got != want {
			t.Errorf("%+v is paid by %q, want %q", p, got, want)
		}
	}
}
