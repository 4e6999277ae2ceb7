package core_test

import (
	"bytes"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// registrationSteps are what an operator and a VEN do with registrations.
type registrationSteps struct{ *testVTN }

func (r registrationSteps) cancelRegistration(venID string) *core.Notice {
	r.t.Helper()
	n, err := r.CancelRegistration(r.t.Context(), venID, "operator")
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r registrationSteps) reregister(venID string) *core.Notice {
	r.t.Helper()
	n, err := r.RequestReregistration(r.t.Context(), venID, "operator")
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// outcomes are a VEN's notices, newest first.
func (r registrationSteps) outcomes(venID string) (outcomes []core.NoticeState) {
	r.t.Helper()
	notices, _, err := r.Notices(r.t.Context(), venID, 0, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range notices {
		outcomes = append(outcomes, n.State)
	}
	return outcomes
}

// noticeBecomes waits until a VEN's last notice has an outcome.
func (r registrationSteps) noticeBecomes(venID string, want core.NoticeState) core.Notice {
	r.t.Helper()
	var last core.Notice
	r.waitFor(func() bool {
		v, err := r.VEN(r.t.Context(), venID)
		if err != nil || v.LastNotice == nil {
			r.t.Fatalf("%s has no notice: %v", venID, err)
		}
		last = *v.LastNotice
		return last.State == want
	})
	return last
}

// refusesStranger checks that the VTN answers a stranger that it is not registered,
// and what to do.
func (r registrationSteps) refusesStranger(from core.Peer, m oadr.Message) {
	r.t.Helper()
	reply, err := r.send(from, m)
	r.wantStrangerAnswer(from, m.Kind(), reply, err)
}

func (r registrationSteps) wantStrangerAnswer(from core.Peer, kind oadr.Kind, reply oadr.Message, err error) {
	r.t.Helper()
	if err != nil || reply == nil {
		r.t.Fatalf("%s of %s: answered %v, %v, want 463", kind, from.Identity, reply, err)
	}
	raw := oadr.Append(nil, oadr.Form{}, reply)
	if !bytes.Contains(raw, []byte("responseCode>463<")) || !bytes.Contains(raw, []byte("oadrCreatePartyRegistration first")) {
		r.t.Errorf("%s of %s: answered %s, want 463 and what to do", kind, from.Identity, raw)
	}
}
