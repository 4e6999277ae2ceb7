package ven

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// life is what a request makes the VEN send until some time after noon: when, and for
// which time, in minutes after noon.
func life(t *testing.T, r oadr.ReportRequest, until time.Duration) (sent []string) {
	t.Helper()
	var s reportSet
	if no := s.take([]*openReport{opened(t, r)}); no != nil {
		t.Fatalf("refused: %v", no)
	}
	minutes := func(at time.Time) string { return fmt.Sprint(at.Sub(noon).Minutes()) }
	for now := noon; ; {
		w, wait := s.next(now)
		switch {
		case w.open != nil:
			sent = append(sent, minutes(now)+": "+minutes(w.from)+"-"+minutes(w.to))
			s.done(w)
		case !wait.ends:
			return append(sent, "end")
		default:
			if now = now.Add(wait.length); now.After(noon.Add(until)) {
				return sent
			}
		}
	}
}

func TestR3EachKindOfRequestIsServedOnTime(t *testing.T) {
	const minute = time.Minute
	for _, c := range []struct {
		name    string
		request oadr.ReportRequest
		want    []string
	}{
		{"once, now", asks("1", "usage", "a"), []string{"0: 0-0", "end"}},
		{"once, the average of a minute", every(asks("1", "usage", "a"), 0, minute), []string{"0: -1-0", "end"}},
		{"once, later", during(asks("1", "usage", "a"), noon.Add(3*minute), 0), []string{"3: 3-3", "end"}},
		{"once, a period to come", during(asks("1", "usage", "a"), noon.Add(3*minute), 2*minute), []string{"5: 3-5", "end"}},
		{"once, a period that runs", during(asks("1", "usage", "a"), noon.Add(-3*minute), 5*minute), []string{"2: -3-2", "end"}},
		{"endless", every(asks("1", "usage", "a"), 5*minute, minute), []string{"5: 0-5", "10: 5-10", "15: 10-15"}},
		{"endless by an interval of 0", during(every(asks("1", "usage", "a"), 5*minute, minute), noon, 0), []string{"5: 0-5", "10: 5-10", "15: 10-15"}},
		{"from later on", during(every(asks("1", "usage", "a"), 5*minute, minute), noon.Add(7*minute), 0), []string{"12: 7-12", "17: 12-17"}},
		{"for a while", during(every(asks("1", "usage", "a"), 5*minute, minute), noon.Add(minute), 10*minute), []string{"6: 1-6", "11: 6-11", "end"}},
		{"for a while that ends in between", during(every(asks("1", "usage", "a"), 5*minute, minute), noon, 7*minute), []string{"5: 0-5", "7: 5-7", "end"}},
		{"that should have begun", during(every(asks("1", "usage", "a"), 5*minute, minute), noon.Add(-minute), 7*minute), []string{"5: 0-5", "6: 5-6", "end"}},
		{"history in full", asks("1", "history", "a"), []string{"0: -240-0", "end"}},
		{"history in part", during(every(asks("1", "history", "a"), 0, minute), noon.Add(-60*minute), 30*minute), []string{"0: -60--30", "end"}},
		{"history from a time on", during(asks("1", "history", "a"), noon.Add(-60*minute), 0), []string{"0: -60-0", "end"}},
		{"history longer than it is kept", during(asks("1", "history", "a"), noon.Add(-600*minute), 600*minute), []string{"0: -240-0", "end"}},
		{"history that is not over", during(asks("1", "history", "a"), noon.Add(-60*minute), 70*minute), []string{"0: -60-0", "end"}},
		{"history from time to time", every(asks("1", "history", "a"), 5*minute, minute), []string{"5: 0-5", "10: 5-10", "15: 10-15"}},
		{"metadata", asks("1", oadr.SpecifierMetadata, "any"), []string{"0: 0-0", "end"}},
		{"metadata from time to time", every(asks("1", oadr.SpecifierMetadata, "any"), 5*minute, 0), []string{"5: 0-5", "10: 5-10", "15: 10-15"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			equal(t, "sent", life(t, c.request, 19*minute), c.want)
		})
	}
}

func TestR3GranularityIsAsAskedOrTheVENsOwn(t *testing.T) {
	for _, c := range []struct {
		name    string
		request oadr.ReportRequest
		want    time.Duration
	}{
		{"as asked", every(asks("1", "usage", "a", "b"), time.Hour, 10*time.Minute), 10 * time.Minute},
		{"its own is the least", every(asks("1", "usage", "a"), time.Hour, 0), time.Minute},
		{"but not too many values", every(asks("1", "usage", "a", "b"), 24*time.Hour, 0), 10 * time.Minute},
		{"where nothing says, the whole", every(asks("1", "status", "s"), time.Hour, 0), time.Hour},
		{"the moment", asks("1", "usage", "a"), 0},
		{"a history's own", asks("1", "history", "a"), 0},
	} {
		if got := opened(t, c.request).granularity; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestR3WrongRequestsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		request oadr.ReportRequest
		want    oadr.Code
	}{
		{"unknown report", asks("1", "none", "a"), oadr.CodeInvalidID},
		{"unknown rID", asks("1", "usage", "a", "c"), oadr.CodeInvalidID},
		{"rID of another report", asks("1", "status", "a"), oadr.CodeInvalidID},
		{"too fine", every(asks("1", "usage", "a"), time.Hour, time.Second), oadr.CodeInvalidData},
		{"too coarse", every(asks("1", "usage", "a"), 2*time.Hour, 2*time.Hour), oadr.CodeInvalidData},
		{"too many values", every(asks("1", "usage", "a", "b"), 151*time.Minute, time.Minute), oadr.CodeInvalidData},
		{"immense", every(asks("1", "status", "s"), math.MaxInt64/time.Second*time.Second, time.Second), oadr.CodeInvalidData},
		{"without pause", every(asks("1", "status", "s"), time.Nanosecond, 0), oadr.CodeInvalidData},
		{"less than can be written", every(asks("1", "usage", "a"), time.Minute, time.Millisecond), oadr.CodeInvalidData},
		{"metadata without pause", every(asks("1", oadr.SpecifierMetadata, "any"), time.Nanosecond, 0), oadr.CodeInvalidData},
		{"nothing", asks("1", "usage"), oadr.CodeCompliance},
		{"over", during(every(asks("1", "usage", "a"), time.Minute, 0), noon.Add(-time.Hour), time.Hour), oadr.CodeInvalidData},
		{"history in 1900", during(asks("1", "history", "a"), time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Hour), oadr.CodeInvalidData},
		{"history of the future without an end", during(asks("1", "history", "a"), noon.Add(time.Hour), 0), oadr.CodeInvalidData},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, no := openRequest(offered(), c.request, noon, noon)
			if no == nil || no.code != c.want {
				t.Errorf("planned %+v, refused with %v, want %d", o, no, c.want)
			}
		})
	}
	if o, no := openRequest(offered(), every(asks("1", "usage", "a", "b"), 150*time.Minute, time.Minute), noon, noon); no != nil {
		t.Errorf("as many values as may be: planned %+v, refused with %v", o, no)
	}
	const long = math.MaxInt64 / time.Second * time.Second
	if _, no := openRequest(offered(), every(during(asks("1", "status", "s"), noon, math.MaxInt64), long, long), noon, noon); no != nil {
		t.Errorf("as long as can be: refused with %v", no)
	}
}

// A VEN that could not report sends later what it missed, but no more than fits.
func TestMissedReportsAreMadeUpFor(t *testing.T) {
	o := opened(t, every(asks("1", "usage", "a"), 5*time.Minute, time.Minute))
	at := func(m float64) time.Time { return noon.Add(time.Duration(m * float64(time.Minute))) }
	for _, c := range []struct{ now, from, to float64 }{
		{5, 0, 5}, {9.99, 0, 5}, {10, 0, 10}, {17, 0, 15}, {600, 300, 600}, {1000, 700, 1000},
	} {
		from, to := o.covered(at(c.now))
		if !from.Equal(at(c.from)) || !to.Equal(at(c.to)) {
			t.Errorf("at %v it is from %v to %v", c.now, from.Sub(noon), to.Sub(noon))
		}
	}
}

func TestR8CancellationEndsARequestOrAsksForALastUpdate(t *testing.T) {
	var s reportSet
	s.take([]*openReport{
		opened(t, every(asks("1", "usage", "a"), 5*time.Minute, time.Minute)),
		opened(t, every(asks("2", "usage", "a"), 5*time.Minute, time.Minute)),
		opened(t, during(asks("3", "usage", "a"), noon.Add(time.Hour), 0)),
		opened(t, every(asks("4", oadr.SpecifierMetadata, "a"), 5*time.Minute, 0)),
	})
	now := noon.Add(7 * time.Minute)
	for _, id := range []string{"1", "2"} { // both are sent at 5
		w, _ := s.next(noon.Add(5 * time.Minute))
		if w.open == nil || w.open.ReportRequestID != id {
			t.Fatalf("sends %+v", w)
		}
		s.done(w)
	}
	if no := s.cancel(&oadr.CancelReport{ReportRequestIDs: []string{"1", "none"}}, now); no == nil || no.code != oadr.CodeInvalidID {
		t.Errorf("cancelling what is unknown: %v", no)
	}
	equal(t, "pending", s.pending(), []string{"2", "3", "4"})
	if no := s.cancel(&oadr.CancelReport{ReportRequestIDs: []string{"2", "3", "4"}, ReportToFollow: true}, now); no != nil {
		t.Errorf("refused: %v", no)
	}
	equal(t, "pending", s.pending(), nil)
	var sent []string
	for {
		w, wait := s.next(now)
		if w.open == nil {
			if wait.ends {
				t.Errorf("waits for another %v", wait)
			}
			break
		}
		sent = append(sent, w.open.ReportRequestID+" from "+w.from.Sub(noon).String()+" to "+w.to.Sub(noon).String())
		s.done(w)
	}
	equal(t, "last updates", sent, []string{"2 from 5m0s to 7m0s", "3 from 7m0s to 7m0s"})
}

// A cancellation that arrives while an update is sent still gets its last update.
func TestR8CancellationDuringAnUpdate(t *testing.T) {
	var s reportSet
	s.take([]*openReport{opened(t, every(asks("1", "usage", "a"), 5*time.Minute, time.Minute))})
	now := noon.Add(6 * time.Minute)
	w, _ := s.next(now)
	s.cancel(&oadr.CancelReport{ReportRequestIDs: []string{"1"}, ReportToFollow: true}, now)
	s.done(w)
	last, _ := s.next(now)
	if last.open == nil || last.from.Sub(noon) != 5*time.Minute || last.to != now {
		t.Fatalf("the last is %+v", last)
	}
	s.done(last)
	if w, wait := s.next(now.Add(time.Hour)); w.open != nil || wait.ends {
		t.Errorf("there is %+v, in %v", w, wait)
	}
}

func TestG6TheSameRequestTwiceIsOne(t *testing.T) {
	var s reportSet
	first := every(asks("1", "usage", "a"), 5*time.Minute, time.Minute)
	s.take([]*openReport{opened(t, first)})
	running := s.open[0]
	s.take([]*openReport{opened(t, first)})
	if len(s.open) != 1 || s.open[0] != running {
		t.Error("the same request does not go on")
	}
	s.take([]*openReport{opened(t, every(first, 10*time.Minute, time.Minute))})
	if len(s.open) != 1 || s.open[0].back != 10*time.Minute {
		t.Errorf("open are %v", s.open)
	}
	if no := s.take([]*openReport{opened(t, asks("2", "usage", "a")), opened(t, asks("2", "usage", "b"))}); no == nil || no.code != oadr.CodeInvalidData {
		t.Errorf("one ID for two in a message: %v", no)
	}
	equal(t, "pending", s.pending(), []string{"1"})
}

func TestOpenReportsAreBounded(t *testing.T) {
	var s reportSet
	for i := range maxOpenReports {
		if no := s.take([]*openReport{opened(t, asks(fmt.Sprint(i), "usage", "a"))}); no != nil {
			t.Fatal(no)
		}
	}
	if no := s.take([]*openReport{opened(t, asks("more", "usage", "a"))}); no == nil || no.code != oadr.CodeNotAllowed {
		t.Errorf("one more is %v", no)
	}
	for range maxConfirmations + 1 {
		s.confirm(&oadr.CreatedReport{}, noon)
	}
	if len(s.confirms) != maxConfirmations {
		t.Errorf("%d confirmations are kept", len(s.confirms))
	}
}

func TestSpec306R2RegisteringEndsOpenRequests(t *testing.T) {
	var s reportSet
	later := opened(t, every(asks("2", "usage", "a"), 5*time.Minute, time.Minute))
	later.received = noon.Add(time.Second)
	s.take([]*openReport{
		opened(t, every(asks("1", "usage", "a"), 5*time.Minute, time.Minute)),
		opened(t, every(asks("m", oadr.SpecifierMetadata, "any"), 5*time.Minute, 0)),
		opened(t, asks("n", oadr.SpecifierMetadata, "any")),
		later,
	})
	s.registered(noon.Add(time.Second), "n") // which is not done so far
	equal(t, "pending", s.pending(), []string{"m", "n", "2"})
	s.registered(noon.Add(time.Second), "")
	equal(t, "pending", s.pending(), []string{"m", "2"}) // metadata from time to time goes on
}

func TestWhatDoesNotGetThroughIsRepeated(t *testing.T) {
	var s reportSet
	s.announce(noon)
	now := noon
	for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
		w, _ := s.next(now)
		if w.register == nil {
			t.Fatalf("to do is %+v", w)
		}
		s.postpone(w, now)
		_, wait := s.next(now)
		if wait != (rest{want, true}) {
			t.Errorf("waits %v, want %v", wait, want)
		}
		now = now.Add(wait.length)
	}
	w, _ := s.next(now)
	s.postpone(w, now)
	s.hurry()
	if w, _ = s.next(now); w.register == nil {
		t.Error("a new connection does not make it due")
	}
	s.announce(now)
	s.done(w)
	if w, _ = s.next(now); w.register == nil {
		t.Error("what came meanwhile is lost")
	}
}

func TestR1WrongReportsAreRefusedAtDial(t *testing.T) {
	meter := &counter{}
	if err := checkReports(offered(), meter); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func([]Report){
		"twice":         func(r []Report) { r[1].SpecifierID = "usage" },
		"SpecifierID":   func(r []Report) { r[0].SpecifierID = oadr.SpecifierMetadata },
		"Name":          func(r []Report) { r[0].Name = "METADATA_TELEMETRY_USAGE" },
		"Duration":      func(r []Report) { r[0].Duration = 0 },
		"Points":        func(r []Report) { r[0].Points = nil },
		`RID "a"`:       func(r []Report) { r[0].Points[1].RID = "a" },
		"ReadingType":   func(r []Report) { r[0].Points[0].ReadingType = "" },
		"SamplingRate":  func(r []Report) { r[0].Points[0].SamplingRate.MaxPeriod = time.Second },
		"Unit":          func(r []Report) { r[0].Points[0].Unit = &oadr.Unit{Type: "powerReal", Scale: "k"} },
		"MarketContext": func(r []Report) { r[0].Points[0].MarketContext = "a b" },
	} {
		reports := offered()
		change(reports)
		if err := checkReports(reports, meter); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := checkReports(offered(), nil); err == nil || !strings.Contains(err.Error(), "Meter") {
		t.Errorf("without a meter: %v", err)
	}
}
