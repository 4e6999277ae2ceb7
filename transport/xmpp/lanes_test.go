package xmpp

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

func TestLanesKeepOrder(t *testing.T) {
	l := newLanes()
	var mu sync.Mutex
	ran := map[string][]int{}
	for i := range laneLength {
		for _, identity := range []string{"a", "b", "c"} {
			if !l.add(identity, 1, func() {
				mu.Lock()
				defer mu.Unlock()
				ran[identity] = append(ran[identity], i)
			}) {
				t.Fatalf("job %d of %s was not taken", i, identity)
			}
		}
	}
	if !l.close(core.SystemClock{}, patience) {
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

// TestLanesBounds: one identity that stands still blocks no other, and all of
// them together hold a bounded number of jobs and bytes.
func TestLanesBounds(t *testing.T) {
	l := newLanes()
	release := make(chan struct{})
	stuck := func() { <-release }
	taken := func(identity string, size, tries int) (n int) {
		for range tries {
			if l.add(identity, size, stuck) {
				n++
			}
		}
		return n
	}
	if got := taken("a", 0, 100); got != laneLength {
		t.Errorf("%d jobs of one identity, want %d", got, laneLength)
	}
	other := make(chan struct{})
	l.add("b", 0, func() { close(other) })
	<-other
	if got := taken("c", laneBytes, 2); got != 1 {
		t.Errorf("%d jobs of all the bytes, want 1", got)
	}
	close(release)
	if !l.close(core.SystemClock{}, patience) {
		t.Fatal("not all jobs ran")
	}

	l, release = newLanes(), make(chan struct{})
	stuck = func() { <-release }
	total := 0
	for i := range 2 * laneJobs {
		total += taken(strconv.Itoa(i), 0, 1)
	}
	if total != laneJobs {
		t.Errorf("%d jobs of all identities, want %d", total, laneJobs)
	}
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	finished := make(chan bool)
	go func() { finished <- l.close(now, time.Second) }()
	now.AwaitWait(t, time.Second)
	now.Move(time.Second)
	if <-finished {
		t.Error("jobs that stand still count as finished")
	}
	if l.add("z", 0, func() {}) {
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
