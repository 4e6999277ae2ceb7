package test

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// sayings are what a puppet with these IDs can send, one of each kind that a VTN
// takes, all of it right.
func (p *puppet) sayings(eventID, reportRequestID string) []oadr.Message {
	return []oadr.Message{
		&oadr.QueryRegistration{RequestID: "x"},
		p.registration(func(m *oadr.CreatePartyRegistration) { m.VENID, m.RegistrationID = p.id, p.registrationID }),
		&oadr.RequestEvent{RequestID: "x", VENID: p.id},
		createdEvent(p.id, response("x", eventID, 0, oadr.OptIn)),
		p.optOf("event", oadr.OptOut, eventID),
		p.optOf("schedule", oadr.OptOut, ""),
		&oadr.CancelOpt{RequestID: "x", OptID: "schedule", VENID: p.id},
		&oadr.UpdateReport{RequestID: "x", VENID: p.id, Reports: []oadr.Report{reading(reportRequestID, time.Now(), 1, 2)}},
		&oadr.CreateReport{RequestID: "x", VENID: p.id, Requests: []oadr.ReportRequest{metadataFor("mine", 0)}},
		&oadr.CancelReport{RequestID: "x", VENID: p.id, ReportRequestIDs: []string{"mine"}},
		&oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id},
		&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id, Pending: []string{reportRequestID}},
		&oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id, Pending: []string{reportRequestID}},
		&oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id},
		&oadr.UpdatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id},
		&oadr.Poll{VENID: p.id},
		&oadr.RegisterReport{RequestID: "x", VENID: p.id, Reports: offers()},
		&oadr.CancelPartyRegistration{RequestID: "x", VENID: p.id, RegistrationID: p.registrationID},
	}
}

// TestH22Spec1Spec45Spec509EveryMessage: every message of the VTN has schemaVersion 2.0b and no schemaLocation; times are in UTC with
// a Z, and durations have no decimals.
func TestH22Spec1Spec45Spec509EveryMessage(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e, id := s.asked()
		var sent []string
		answered := func(inside string) {
			if a := askRaw(t, p, "", inside); a.message != nil {
				sent = append(sent, string(a.Inside))
			}
		}
		spec := event(p.id)
		spec.Start, spec.Notification, spec.RampUp, spec.Recovery, spec.StartAfter = time.Now().Add(90*time.Minute).UTC().Truncate(time.Second), "PT1H30M", "PT90S", "PT1M", "PT2M"
		s.create(spec)
		pushed := func(kind oadr.Kind) {
			q := p.expect(kind)
			sent = append(sent, q.Raw)
			q.ok()
		}
		pushed(oadr.KindDistributeEvent)
		s.ask(p.ofUsage())
		pushed(oadr.KindCreateReport)
		if _, err := s.RequestReregistration(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		pushed(oadr.KindRequestReregistration)
		for _, m := range p.sayings(e, id) {
			answered(strings.ReplaceAll(written(m), ">"+p.id+"<", ">odd<"))
			answered(written(m))
		}
		if len(sent) < 30 {
			t.Errorf("only %d messages were sent", len(sent))
		}
		for _, raw := range sent {
			if n := strings.Count(raw, "schemaVersion"); n != 1 {
				t.Errorf("%d schemaVersions in %s", n, raw)
			}
			if got := schemaVersion(t, raw); got != "2.0b" {
				t.Errorf("the message has schemaVersion %q: %s", got, raw)
			}
			if strings.Contains(raw, "schemaLocation") {
				t.Errorf("schemaLocation in %s", raw)
			}
			for _, tag := range []struct {
				element *regexp.Regexp
				form    *regexp.Regexp
			}{
				{regexp.MustCompile(`<(?:date-time|createdDateTime|modificationDateTime)[^>]*>([^<]*)<`), regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)},
				{regexp.MustCompile(`<(?:duration|startafter)[^>]*>(\w[^<]*)<`), regexp.MustCompile(`^P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$`)},
			} {
				for _, value := range tag.element.FindAllStringSubmatch(raw, -1) {
					if !tag.form.MatchString(value[1]) {
						t.Errorf("%s in %s", value[0], raw)
					}
				}
			}
		}
	})
}

// schemaVersion is the ei:schemaVersion of the message in a payload.
func schemaVersion(t *testing.T, raw string) string {
	t.Helper()
	type message struct {
		Version string `xml:"http://docs.oasis-open.org/ns/energyinterop/201110 schemaVersion,attr"`
	}
	var payload struct {
		Object struct {
			Message message `xml:",any"`
		} `xml:"oadrSignedObject"`
	}
	if err := xml.Unmarshal([]byte(raw), &payload); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return payload.Object.Message.Version
}

// TestSpec1FractionsAreTaken: the VTN accepts times with fractions of a second or without a time zone.
func TestSpec1FractionsAreTaken(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, _, id := s.asked()
		now := time.Now().UTC().Truncate(time.Second)
		m := &oadr.UpdateReport{RequestID: "x", VENID: p.id, Reports: []oadr.Report{reading(id, now.Add(250*time.Millisecond), 1)}}
		p.says("oadrUpdatedReport 200", m)
		data, err := s.ReportData(t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, "", 0)
		if err != nil || len(data.Items) != 1 || !data.Items[0].Start.Equal(now.Add(250*time.Millisecond)) {
			t.Errorf("stored %+v, %v", data, err)
		}
		o := p.optOf("o", oadr.OptIn, "")
		created := oadr.FormatTime(o.CreatedDateTime)
		p.says("oadrCreatedOpt 200", o, created, strings.TrimSuffix(created, "Z")+".123456")
	})
}

// TestSpec21Spec48UnexpectedIDs: an unknown ID is 452, a wrong modificationNumber 450.
func TestSpec21Spec48UnexpectedIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e, _ := s.asked()
		other, theirs, _ := s.asked()
		for _, unexpected := range []string{"nowhere", theirs} {
			p.says("oadrResponse 452", createdEvent(p.id, response("x", unexpected, 0, oadr.OptIn)))
			p.says("oadrCreatedOpt 452", p.optOf("o", oadr.OptIn, unexpected))
		}
		p.says("oadrResponse 450", createdEvent(p.id, response("x", e, 1, oadr.OptIn)))
		p.says("oadrCreatedOpt 450", p.optOf("o", oadr.OptIn, e, func(m *oadr.CreateOpt) { m.Event.ModificationNumber = 7 }))
		for _, m := range p.sayings(e, "none") {
			if m.Sender() == "" {
				continue
			}
			a := p.ask(m, ">"+p.id+"<", ">"+other.id+"<")
			if r := oadr.ResponseOf(a.message); r == nil || r.Code != oadr.CodeInvalidID {
				t.Errorf("%s in another's name: %s", m.Kind(), a.outcome())
			}
		}
	})
}

// TestSpec33WhatIsWrong: of each message, each element that must be there is missed
// and each value that is of no type refused, with 459; what cannot be is 454. The
// answer names the element, and nothing of the message counts.
func TestSpec33WhatIsWrong(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		for i := range s.puppet().sayings("", "") {
			s := s.in(t)
			p, e, id := s.asked()
			m := p.sayings(e, id)[i]
			opts := func() string {
				return fmt.Sprint(s.ListOpts(t.Context(), client.OptFilter{VENID: p.id, Cancelled: true, Replaced: true, Answers: true}, "", 0))
			}
			before := opts()
			seen, sent := map[string]bool{}, 0
			for _, v := range oadrtest.Variants(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, m), seen) {
				decoded, err := oadr.Decode(v.Raw, oadr.DefaultLimits)
				if err != nil {
					t.Fatal(err)
				}
				if decoded.Invalid == nil || strings.HasSuffix(v.Path, "/venID") && v.Value {
					continue
				}
				if sent++; sent > 30 {
					break // as many as a VEN may send at once
				}
				a := askRaw(t, p, "", string(v.Raw))
				r := oadr.ResponseOf(a.message)
				if want := oadr.Answer(m, 459, "", oadr.Party{}).Kind(); r == nil || a.message.Kind() != want || r.Code != 459 || !strings.Contains(r.Description, decoded.Invalid.Element) {
					t.Errorf("%s: answered %s %q, want an %s 459 with %s", v.Path, a.outcome(), a.description(), want, decoded.Invalid.Element)
				}
			}
			if after := opts(); after != before {
				t.Errorf("%s: opts were %s, are %s", m.Kind(), before, after)
			}
			if data, err := s.ReportData(t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, "", 0); err != nil || len(data.Items) > 0 {
				t.Errorf("data is stored: %+v, %v", data, err)
			}
			if v, err := s.GetVEN(t.Context(), p.id); err != nil || v.Registration == nil {
				t.Errorf("%s: the VEN is %+v, %v", m.Kind(), v, err)
			}
		}
		t.Run("cannot be", func(t *testing.T) {
			s := s.in(t)
			p, _, id := s.asked()
			o := p.optOf("o", oadr.OptIn, "")
			p.says("oadrCreatedOpt 454", o, "PT1H", "-PT1H")
			p.says("oadrCreatedOpt 454", o, oadr.FormatTime(o.CreatedDateTime), "0000-01-01T00:00:00Z")
			p.says("oadrUpdatedReport 454", &oadr.UpdateReport{RequestID: "x", VENID: p.id, Reports: []oadr.Report{reading(id, time.Now(), 1.5)}}, ">1.5<", ">1e39<")
		})
	})
}

// TestSpec46EmptyIsOmitted: an optional element counts if it holds something, and is ignored if it is empty.
func TestSpec46EmptyIsOmitted(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		context := own(t, "http://example.org/")
		spec := event(p.id)
		spec.MarketContext = context
		e := s.create(spec).EventID
		p.expectEvents(e + " 0 far").ok()
		whole := func(m *oadr.CreateOpt) {
			m.Availability[0].Duration = 24 * time.Hour
			m.MarketContext = "http://example.org/other"
		}
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, "", whole))
		if got := s.status(e, p.id); got.ScheduleOpt != nil {
			t.Errorf("a schedule of another market context counts: %+v", got)
		}
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, "", whole), "http://example.org/other", "")
		if got := s.status(e, p.id); got.ScheduleOpt == nil || got.ScheduleOpt.Opt != oadr.OptOut {
			t.Errorf("a schedule with an empty marketContext is shown as %+v", got)
		}
	})
}

// TestSpec207Spec303NoRequestID: the VTN accepts an empty or missing requestID in every message, and answers with an empty one.
func TestSpec207Spec303NoRequestID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e, id := s.asked()
		for _, m := range p.sayings(e, id) {
			if m.Kind() == oadr.KindPoll {
				continue
			}
			text := written(m)
			for _, end := range []string{`/>`, `>x</requestID>`, `>opt</requestID>`, `>r</requestID>`} {
				text = strings.ReplaceAll(text, `<requestID xmlns="`+oadr.NSpyld+`"`+end, "%")
				text = strings.ReplaceAll(text, `<requestID`+end, "%")
			}
			if !strings.Contains(text, "%") || strings.Contains(text, "requestID") {
				t.Fatal(text)
			}
			for _, requestID := range []string{`<requestID xmlns="` + oadr.NSpyld + `"/>`, ""} {
				a := askRaw(t, p, "", strings.ReplaceAll(text, "%", requestID))
				r := oadr.ResponseOf(a.message)
				if done := strings.Contains(string(m.Kind()), "Cancel") && requestID == ""; r == nil || r.Code != 200 && !done || r.RequestID != "" {
					t.Errorf("%s: answered %s, %+v", m.Kind(), a.outcome(), r)
				}
			}
		}
	})
}

// TestSpec207AnswersWithoutRequestID: an answer without a requestID settles a push, in the result of the push.
func TestSpec207AnswersWithoutRequestID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		p.expectEvents(e + " 0 far").answer(&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id})
		s.delivery(e, p.id, "acknowledged")
		id := s.ask(p.ofUsage())
		p.expect(oadr.KindCreateReport).answer(&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: p.id})
		s.request(id, "active")
	})
}

// TestSpec207AnswersInMessagesWithoutRequestID: the same where XMPP messages carry pushes and answers.
func TestSpec207AnswersInMessagesWithoutRequestID(t *testing.T) {
	all := walk(t)
	for _, f := range []form{inMessage, avob} {
		t.Run(f.name, func(t *testing.T) {
			s := all.in(t)
			v, told := s.speak(s.account(), f, answerNothing)
			if _, err := v.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
			say := func(m oadr.Message) {
				text := string(oadr.Append(nil, oadr.Form{Root: f.root}, m))
				stanza := "<message to='" + serviceJID + "'>" + text + "</message>"
				if f.stanza == ven.Body {
					var escaped strings.Builder
					xml.EscapeText(&escaped, []byte(text))
					stanza = "<message to='" + serviceJID + "' type='chat'><body>" + escaped.String() + "</body></message>"
				}
				if err := v.Write(t.Context(), []byte(stanza)); err != nil {
					t.Fatal(err)
				}
			}
			e := s.create(event(venID(v))).EventID
			for pushed := false; !pushed; {
				raw := string(next(t, "the push", told).raw)
				if strings.Contains(raw, "oadrRegisterReport") {
					say(&oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: venID(v)})
				}
				pushed = strings.Contains(raw, "oadrDistributeEvent")
			}
			say(&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: venID(v)})
			if got := s.delivery(e, venID(v), "acknowledged"); got.Attempts < 1 || got.ResponseCode != 200 {
				t.Errorf("on record is %+v", got)
			}
		})
	}
}

// TestSpec8_1Durations: years, months and fractions are counted on the calendar.
func TestSpec8_1Durations(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, _, id := s.asked()
		begin := time.Date(time.Now().Year()+1, 1, 31, 0, 0, 0, 0, time.UTC)
		for duration, end := range map[string]time.Time{
			"P1M":      time.Date(begin.Year(), 2, 28, 0, 0, 0, 0, time.UTC),
			"P1Y2M":    time.Date(begin.Year()+1, 3, 31, 0, 0, 0, 0, time.UTC),
			"PT1.5H":   begin.Add(90 * time.Minute),
			"P1DT0.5S": begin.Add(24*time.Hour + 500*time.Millisecond),
		} {
			if duration == "P1M" && end.AddDate(0, 0, 1).Day() == 29 {
				end = end.AddDate(0, 0, 1)
			}
			optID := "o" + duration
			p.says("oadrCreatedOpt 200", p.optOf(optID, oadr.OptOut, "", func(m *oadr.CreateOpt) { m.Availability[0].Start = begin }), "PT1H", duration)
			list, err := s.ListOpts(t.Context(), client.OptFilter{VENID: p.id, Replaced: true}, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list.Items, func(o client.Opt) bool { return o.OptID == optID })
			if i < 0 || len(list.Items[i].Periods) != 1 || list.Items[i].Periods[0].End == nil || !list.Items[i].Periods[0].End.Equal(end) {
				t.Errorf("%s: %+v, want it to end at %s", duration, list.Items, end)
			}
		}
		m := &oadr.UpdateReport{RequestID: "x", VENID: p.id, Reports: []oadr.Report{reading(id, time.Now(), 1)}}
		p.says("oadrUpdatedReport 200", m, "PT1M", "PT0.5M")
		data, err := s.ReportData(t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, "", 0)
		if err != nil || len(data.Items) != 1 || data.Items[0].Duration != "PT30S" {
			t.Errorf("stored %+v, %v", data, err)
		}
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "x", VENID: p.id, Reports: offers()}, "PT2H", "P1M")
		own := metadataFor("monthly", time.Hour)
		p.says("oadrCreatedReport 200", &oadr.CreateReport{RequestID: "x", VENID: p.id, Requests: []oadr.ReportRequest{own}}, ">PT1H<", ">P1M<")
	})
}

// TestSpec8_7Codes: each error has its code.
func TestSpec8_7Codes(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e, _ := s.asked()
		p.says("oadrResponse 450", createdEvent(p.id, response("x", e, 9, oadr.OptIn)))
		p.says("oadrResponse 452", createdEvent(p.id, response("x", "nowhere", 0, oadr.OptIn)))
		p.says("oadrResponse 453", &oadr.RequestReregistration{VENID: p.id})
		p.says("oadrCreatedOpt 454", p.optOf("o", oadr.OptIn, ""), "PT1H", "-PT1H")
		p.says("oadrCreatedOpt 459", p.optOf("o", oadr.OptIn, ""), ">optIn<", ">maybe<")
		s.newcomer().says("oadrDistributeEvent 463", &oadr.RequestEvent{RequestID: "x"})
	})
}

// TestSpec9_3_4_4_2Spec9_1_5WhatIsNoMessage: a payload whose message cannot be recognised is bad-request, over HTTP 406; any other is answered in OpenADR.
func TestSpec9_3_4_4_2Spec9_1_5WhatIsNoMessage(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		poll := `<oadrPoll><venID xmlns="` + oadr.NSei + `">` + p.id + `</venID></oadrPoll>`
		object := func(inside string) string { return "<oadrSignedObject>" + inside + "</oadrSignedObject>" }
		payload := func(inside string) string {
			return `<oadrPayload xmlns="` + oadr.NS + `">` + inside + `</oadrPayload>`
		}
		for inside, want := range map[string]string{
			payload(""):                                "error modify bad-request",
			payload(poll):                              "error modify bad-request",
			payload(object("")):                        "error modify bad-request",
			payload(object(poll + poll)):               "error modify bad-request",
			payload(object(poll) + object(poll)):       "error modify bad-request",
			payload(object("text")):                    "error modify bad-request",
			payload(object("<oadrPoll/>")):             "oadrResponse 459",
			payload(object("<oadrCreateOpt/>")):        "oadrCreatedOpt 459",
			payload(object("<oadrNonsense/>")):         "oadrResponse 453",
			payload(object(poll)):                      "oadrResponse 200",
			`<oadrCancelOpt xmlns="` + oadr.NS + `"/>`: "oadrCanceledOpt 459",
		} {
			if s.way.http() {
				want = strings.Replace(want, "error modify bad-request", "status 406", 1)
			}
			a := askRaw(t, p, "", inside)
			if a.outcome() != want {
				t.Errorf("%s is answered %q, want %q", inside, a.outcome(), want)
			}
		}
	})
}
