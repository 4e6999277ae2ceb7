package core_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// client is another client of a VEN's account.
func client(ven core.Peer, resource string) core.Peer {
	ven.Address = ven.Identity + "/" + resource
	return ven
}

// t0 is the time at which every test begins.
var t0 = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// rig is what a test of this package drives: a VTN with its steps by subject.
type rig struct {
	*testVTN
	eventSteps
	registrationSteps
	reportSteps
}

func newRig(vtn *testVTN) *rig {
	return &rig{vtn, eventSteps{vtn}, registrationSteps{vtn}, reportSteps{vtn}}
}

// start runs a VTN with open registration on an empty database, until the test
// ends. The payloads that it sent are then validated against the schema.
func start(t *testing.T, change ...func(*core.Config)) *rig {
	t.Helper()
	cfg := core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}
	for _, c := range change {
		c(&cfg)
	}
	r := newRig(&testVTN{t: t, cfg: cfg, store: registrytest.SQLite(t), clock: coretest.NewClock(t0), sent: &oadrtest.Recorder{}})
	t.Cleanup(func() {
		r.stop()
		if len(r.sent.Payloads()) > 0 {
			r.sent.Validate(t)
		}
	})
	r.run()
	return r
}

// known configures registration for known VENs only.
func known(c *core.Config) { c.Registration = core.RegistrationKnown }

// peer is the account name@example.org with one client.
func peer(name string) core.Peer {
	return core.Peer{Transport: "xmpp", Identity: name + "@example.org", Address: name + "@example.org/client"}
}

// registration is a usual oadrCreatePartyRegistration.
func registration() *oadr.CreatePartyRegistration {
	return &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"}
}

// group puts a VEN into group g.
func group(g string) func(*core.VEN) { return func(v *core.VEN) { v.Groups = append(v.Groups, g) } }

// venIDs are event targets that name VENs.
func venIDs(ids ...string) (t []core.Target) {
	for _, id := range ids {
		t = append(t, core.Target{Kind: core.TargetVENID, Value: id})
	}
	return t
}

// oweEveryTopic makes an event, a report request and a registration notice due to a VEN.
func (r *rig) oweEveryTopic(venID string) {
	r.t.Helper()
	r.create(simple(venIDs(venID)...))
	r.request(core.ReportSpec{Targets: venIDs(venID), SpecifierID: "METADATA"})
	r.reregister(venID)
}

// wantCode checks the response code and the request ID of an answer (rule G1).
func wantCode(t *testing.T, got oadr.EIResponse, want oadr.Code, requestID string) {
	t.Helper()
	if got.Code != want {
		t.Errorf("code %d (%s), want %d", got.Code, got.Description, want)
	}
	if got.RequestID != requestID {
		t.Errorf("eiResponse repeats requestID %q, want %q (G1)", got.RequestID, requestID)
	}
}

// replyOf is the eiResponse of a message, nil if it has none.
func replyOf(m oadr.Message) *oadr.EIResponse {
	switch field := reflect.ValueOf(m).Elem().FieldByName("Response"); r := field.Interface().(type) {
	case oadr.EIResponse:
		return &r
	case *oadr.EIResponse:
		return r
	}
	return nil
}

// accounts are the identities of these names at example.org.
func accounts(names ...string) (ids []core.Identity) {
	for _, name := range names {
		ids = append(ids, core.Identity{Transport: "xmpp", Name: peer(name).Identity})
	}
	return ids
}
