package test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestCertificationReportOneShotR3: one reading, now, requested and shown on the command line.
func TestCertificationReportOneShotR3(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		id := runJSON[client.ReportsRequested](s, "report", "request", "--ven", r.id, "--specifier", "usage", "--rid", "power", "--rid", "energy").Items[0].ReportRequestID
		told := next(t, "the request", r.created).Requests
		if len(told) != 1 || told[0].ReportRequestID != id || told[0].Specifier.ReportBackDuration != 0 || told[0].Specifier.ReportInterval != nil ||
			!slices.Equal(told[0].Specifier.Payloads, []oadr.SpecifierPayload{{RID: "power", ReadingType: oadr.ReadingNotApplicable}, {RID: "energy", ReadingType: oadr.ReadingNotApplicable}}) {
			t.Errorf("R3: the VEN is told %+v", told)
		}
		if sent := r.update(id); len(sent.Intervals) != 1 {
			t.Errorf("the VEN sent %+v", sent)
		}
		s.onRecord(id, r.meter.saw())
		s.eventually("the VEN's answer to the request to be stored", func() bool { return s.request(id, "completed").ResponseCode == 200 })
		if got := s.request(id, "completed"); got.LastDataAt == nil || got.ResponseCode != 200 || got.LastError != "" {
			t.Errorf("on record is %+v", got)
		}
		if lines := s.table("report", "list", "--ven", r.id); len(lines) != 2 || !slices.Contains(lines[1], id) || !slices.Contains(lines[1], "completed") {
			t.Errorf("the table of report requests is %q", lines)
		}
		r.sends()
	})
}

// TestCertificationReportPeriodicR3R6R7: two readings every two seconds, for six seconds, and their download by the operator.
func TestCertificationReportPeriodicR3R6R7(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter(func(c *ven.Config) { c.Clock = nil })
		spec := r.once("usage", "power", "energy")
		begin := time.Now().Truncate(time.Second).Add(10 * time.Second) // in time for a VEN that polls
		spec.Granularity, spec.ReportBackDuration, spec.Start, spec.Duration = "PT1S", "PT2S", &begin, new("PT6S")
		id := s.agreed(spec)
		r.sends()
		at := begin
		for len(r.updates) > 0 {
			sent := r.update(id)
			if len(sent.Intervals)%2 != 0 || !sent.Start.Equal(at) { // twice as many where the VEN was late
				t.Errorf("the VEN sent %+v, want intervals from %s on", sent, at)
			}
			at = sent.Start.Add(*sent.Duration)
		}
		if end := begin.Add(6 * time.Second); !at.Equal(end) {
			t.Errorf("the VEN sent intervals until %s, want until %s", at, end)
		}
		want := r.meter.saw()
		s.onRecord(id, want)
		s.downloads(id, want)
	})
}

// TestCertificationReportDelayedStartR3: one report in an hour, and five-minute reports that begin then and end by themselves.
func TestCertificationReportDelayedStartR3(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		later := r.begin.Add(time.Hour)
		single, several := r.periodic(), r.periodic()
		single.Start, single.Duration = &later, new("PT5M")
		several.Start, several.Duration = &later, new("PT10M")
		one, many := s.agreed(single), s.agreed(several)
		r.noUpdate()
		r.clock.AwaitWait(t, 65*time.Minute)
		r.clock.Move(64 * time.Minute)
		r.noUpdate()
		r.pass(time.Minute)
		if sent := r.update(one); !sent.Start.Equal(later) || len(sent.Intervals) != 5 {
			t.Errorf("the VEN sent %+v, want five minutes from %s on", sent, later)
		}
		for i, begins := range []time.Time{later, later.Add(5 * time.Minute)} {
			if i > 0 {
				r.pass(5 * time.Minute)
			}
			if sent := r.update(many); !sent.Start.Equal(begins) || len(sent.Intervals) != 5 {
				t.Errorf("the VEN sent %+v, want five minutes from %s on", sent, begins)
			}
		}
		said := r.meter.saw()
		s.onRecord(one, said[:5])
		s.onRecord(many, said[5:])
		r.sends()
	})
}

// TestCertificationReportTwoRequestsAtOnceR3: one message requests two reports, one of them of states.
func TestCertificationReportTwoRequestsAtOnceR3(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		made, err := s.RequestReports(t.Context(), client.ReportRequestSpecs{Requests: []client.ReportRequestSpec{r.periodic(), r.once("status")}})
		if err != nil || len(made.Items) != 2 {
			t.Fatalf("made %+v, %v", made, err)
		}
		if told := next(t, "the requests", r.created); len(told.Requests) != 2 {
			t.Errorf("one message has %+v", told)
		}
		usage, status := made.Items[0].ReportRequestID, made.Items[1].ReportRequestID
		if made.Items[0].ReportSpecifierID != "usage" {
			usage, status = status, usage
		}
		r.update(status)
		r.pass(5 * time.Minute)
		r.update(usage)
		said := r.meter.saw()
		s.onRecord(status, said[:1])
		s.onRecord(usage, said[1:])
		s.downloads(status, said[:1])
		s.request(status, "completed")
		s.request(usage, "active")

		// As one is refused, so is the message, and nothing of it is made.
		bad := r.once("usage", "power", "never")
		_, err = s.RequestReports(t.Context(), client.ReportRequestSpecs{Requests: []client.ReportRequestSpec{r.once("status"), bad}})
		var p *client.Problem
		if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Field != "requests[1].rIDs[1]" || !strings.Contains(p.Errors[0].Message, "there are: power, energy") {
			t.Errorf("a request for an rID never registered is answered %v", err)
		}
		if page, err := s.ListReportRequests(t.Context(), client.ReportFilter{VENID: r.id}, "", 0); err != nil || len(page.Items) != 2 {
			t.Errorf("on record are %+v, %v", page, err)
		}
	})
}

// TestCertificationReportHistoryR3: nearly all that the VEN keeps, since a time, and
// of a time; in steps of its own.
func TestCertificationReportHistoryR3(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		full, part := r.begin.Add(-4*time.Hour+30*time.Minute), r.begin.Add(-3*time.Hour)
		var said int
		for _, x := range []struct {
			name  string
			start time.Time
			lasts *string
			count int
		}{{"since a time", full, nil, 7}, {"in full", full, new("PT3H30M"), 7}, {"in part", part, new("PT1H"), 2}} {
			spec := r.once("history", "energy")
			spec.Start, spec.Duration = &x.start, x.lasts
			id := s.ask(spec)
			if sent := r.update(id); !sent.Start.Equal(x.start) || len(sent.Intervals) != x.count {
				t.Errorf("%s: the VEN sent %+v, want %d intervals from %s on", x.name, sent, x.count, x.start)
			}
			want := r.meter.saw()[said:]
			said += len(want)
			s.onRecord(id, want)
			s.request(id, "completed")
		}
		// By time, whatever request it came for.
		of := client.DataSource{VENID: r.id, ReportSpecifierID: "history"}
		page, err := s.ReportData(t.Context(), of, client.DataFilter{Start: part, End: part.Add(30 * time.Minute)}, "", 0)
		if err != nil || len(page.Items) != 3 {
			t.Errorf("of that half hour there are %+v, %v", page, err)
		}
	})
}

// TestCertificationReportGreenButtonR6: it is stored and downloaded unchanged.
func TestCertificationReportGreenButtonR6(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		spec := r.once("green")
		spec.Duration = new("PT12H")
		id := s.ask(spec)
		r.update(id)
		want := r.meter.saw()
		s.onRecord(id, want)
		s.downloads(id, want)
	})
}

// TestCertificationReportCancelR4R8: the cancellation is pushed, handed out in an answer, or asks for a last report.
func TestCertificationReportCancelR4R8(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		for _, x := range []struct {
			name string
			how  client.ReportCancellation
		}{
			{"alone", client.ReportCancellation{}},
			{"piggybacked", client.ReportCancellation{Piggyback: true}},
			{"with a last report", client.ReportCancellation{ReportToFollow: true}},
			{"piggybacked, with a last report", client.ReportCancellation{Piggyback: true, ReportToFollow: true}},
		} {
			t.Run(x.name, func(t *testing.T) {
				t.Parallel()
				s := s.in(t)
				r := s.reporter()
				id, other := s.agreed(r.periodic()), s.agreed(r.periodic())
				r.pass(5 * time.Minute)
				r.update(id)
				r.update(other)

				s.cancelReport(id, x.how)
				if x.how.Piggyback {
					s.request(id, "cancelling")
					r.pass(5 * time.Minute)
					r.update(id) // its answer says that it is cancelled
				} else if m := next(t, "the cancellation", r.cancelled); !slices.Equal(m.ReportRequestIDs, []string{id}) || m.ReportToFollow != x.how.ReportToFollow {
					t.Errorf("the VEN is told %+v", m)
				}
				if x.how.ReportToFollow {
					r.update(id)
				}
				if x.how.Piggyback {
					r.update(other)
				}
				if got := s.request(id, "cancelled"); got.EndedAt == nil || got.ReportToFollow != x.how.ReportToFollow {
					t.Errorf("on record is %+v", got)
				}
				r.sends(other)
				r.pass(5 * time.Minute)
				r.update(other)

				// It is over: nothing more counts.
				late := &oadr.UpdateReport{RequestID: "late", VENID: r.id, Reports: []oadr.Report{reading(id, r.begin.Add(time.Hour), 1)}}
				if x.how.ReportToFollow && s.way.http() {
					// Its answer is a request of its own, so the last report may have come first. Then one more counts.
					ask(t, say(r.VEN), "", late)
				}
				before := s.data(id)
				a := ask(t, say(r.VEN), "", late)
				a.expectOutcome(t, "oadrUpdatedReport 452")
				if !strings.Contains(a.description(), id) {
					t.Errorf("R5: %q does not name the request", a.description())
				}
				s.onRecord(id, before)
			})
		}
	})
}

// TestCertificationReportPiggybackedRequestR4: the answer to the VEN's registration of reports, which ends all its requests (R2),
// hands out a new request.
func TestCertificationReportPiggybackedRequestR4(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		old := s.agreed(r.periodic())
		spec := r.once("usage", "power")
		spec.Piggyback = true
		id := s.ask(spec)
		r.noUpdate()
		if got := s.request(id, "pending"); got.ToldAt != nil || !got.Piggyback {
			t.Errorf("on record is %+v", got)
		}
		if _, err := r.RegisterReports(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.update(id)
		s.request(id, "completed")
		s.request(old, "ended")
		s.onRecord(id, r.meter.saw())
		if n := len(r.created); n != 1 {
			t.Errorf("the VEN was pushed %d requests, want the first alone", n)
		}
	})
}

// TestCertificationReportOfManyR2R3: the operator requests reports of a group and of all VENs that measure something. VENs that
// register their reports anew are asked again.
func TestCertificationReportOfManyR2R3(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		vens := []*reporter{s.reporter(), s.reporter(), s.reporter()}
		s.patchVEN(vens[0].id, patch{"groups": []string{"north"}})
		s.patchVEN(vens[1].id, patch{"groups": []string{"north"}})
		for _, x := range []struct {
			name string
			spec client.ReportRequestSpec
			of   []*reporter
		}{
			{"of a group", client.ReportRequestSpec{Targets: &client.Targets{Groups: []string{"north"}}, ReportSpecifierID: "usage"}, vens[:2]},
			{"of all that measure power", client.ReportRequestSpec{Targets: &client.Targets{All: true}, Measurement: "powerReal"}, vens},
		} {
			made, err := s.RequestReports(t.Context(), x.spec)
			if err != nil || made.Count != len(x.of) {
				t.Fatalf("%s: made %+v, %v", x.name, made, err)
			}
			for _, r := range x.of {
				i := slices.IndexFunc(made.Items, func(q client.ReportRequest) bool { return q.VENID == r.id })
				r.update(made.Items[i].ReportRequestID)
				s.request(made.Items[i].ReportRequestID, "completed")
			}
		}

		standing := vens[2].periodic()
		standing.Standing = true
		first := s.agreed(standing)
		if _, err := vens[2].RegisterReports(t.Context()); err != nil {
			t.Fatal(err)
		}
		var again string
		s.eventually("the VEN to be asked again", func() bool {
			requests, err := s.ListReportRequests(t.Context(), client.ReportFilter{VENID: vens[2].id, State: "active"}, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			if len(requests.Items) == 1 {
				again = requests.Items[0].ReportRequestID
			}
			return again != "" && again != first
		})
		s.request(first, "ended")
		s.request(again, "active")
		vens[2].updateInTime(again)
	})
}

// TestCertificationReportVTNMetadataR9: a VEN requests the VTN's metadata once, and every minute, on a clock that the test moves.
func TestCertificationReportVTNMetadataR9(t *testing.T) {
	clock := coretest.NewClock(time.Now().UTC().Truncate(time.Second))
	s, store := startInside(t, server, "sqlite:"+filepath.Join(t.TempDir(), "vtn.db"), clock)
	r := s.reporter(func(c *ven.Config) { c.Clock = clock })
	ask := func(every time.Duration) string {
		t.Helper()
		id, pending, err := r.RequestMetadata(t.Context(), every)
		if err != nil || !slices.Equal(pending, []string{id}) {
			t.Fatalf("asked as %s, pending %q, %v", id, pending, err)
		}
		return id
	}
	comes := func(id string) {
		t.Helper()
		if m := next(t, "the VTN's reports", r.own); m.ReportRequestID != id || m.VENID != r.id {
			t.Fatalf("the VTN registers %+v, want it for %q", m, id)
		}
		s.eventually("the VTN to have the VEN's answer", func() bool {
			due, err := store.NextDue(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(due) == 0
		})
	}
	comes(ask(0))
	minutely := ask(time.Minute) // and the first is not pending any more
	comes(minutely)
	for range 3 {
		clock.AwaitWait(t, time.Minute)
		clock.Move(time.Minute)
		comes(minutely)
	}
	var no *ven.ResponseError
	if pending, err := r.CancelMetadata(t.Context(), "never"); !errors.As(err, &no) || no.Code != oadr.CodeInvalidID || !slices.Equal(pending, []string{minutely}) {
		t.Errorf("cancelling what was never asked leaves %q, %v", pending, err)
	}
	if pending, err := r.CancelMetadata(t.Context(), minutely); err != nil || len(pending) != 0 {
		t.Errorf("cancelled, there are %q, %v", pending, err)
	}
	clock.Move(time.Minute)
	if err := s.PublishReports(t.Context(), r.id); err != nil {
		t.Fatal(err)
	}
	comes("") // and nothing before it
}

// TestCertificationReportVTNRepublishesN11: the operator has the VTN send its VTN reports again, also to a VEN that was offline.
func TestCertificationReportVTNRepublishesN11(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter()
		id := s.agreed(r.periodic())
		if err := s.PublishReports(t.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		if m := next(t, "the VTN's reports", r.own); m.ReportRequestID != "" || len(m.Reports) != 0 || m.VENID != r.id {
			t.Errorf("the VTN registers %+v", m)
		}
		r.pass(5 * time.Minute)
		r.update(id) // it changes nothing about the VEN's own
		r.Drop()
		if err := s.PublishReports(t.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		next(t, "the VTN's reports", r.own)
	})
}

// TestCertificationReportWrongReportRequestIDR5: a reportRequestID that does not exist, and one of another VEN.
func TestCertificationReportWrongReportRequestIDR5(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		other := s.reporter()
		theirs := s.agreed(other.periodic())
		for name, wrong := range map[string]string{"unknown": "rr-nowhere", "another VEN's": theirs, "that of metadata": "0"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := s.in(t)
				refused := make(chan oadr.EIResponse, 1)
				r := s.reporter(func(c *ven.Config) {
					faulty.Faults{ReportRequestID: func(string) string { return wrong }}.Apply(c)
					record := c.OnPayload
					c.OnPayload = func(raw []byte) {
						record(raw)
						if p, err := oadr.Decode(raw, oadr.DefaultLimits); err == nil && p.Message.Kind() == oadr.KindUpdatedReport {
							refused <- *oadr.ResponseOf(p.Message)
						}
					}
				})
				id := s.ask(r.once("usage"))
				if got := next(t, "the refusal", refused); got.Code != oadr.CodeInvalidID || got.RequestID == "" || !strings.Contains(got.Description, "reportRequestID "+wrong) {
					t.Errorf("answered %+v, want 452 for the reportRequestID", got)
				}
				s.onRecord(id, nil)
				s.request(id, "active") // the data is still to come
			})
		}
		s.onRecord(theirs, nil)
		other.pass(5 * time.Minute)
		other.update(theirs)
	})
}
