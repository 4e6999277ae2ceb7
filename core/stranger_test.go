package core_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// strangersMessages are one well-formed message of each kind but a query and a
// registration, with the kind of its answer.
func strangersMessages() map[oadr.Message]oadr.Kind {
	g := oadrtest.NewGenerator(517)
	all := map[oadr.Message]oadr.Kind{}
	for kind, reply := range map[oadr.Kind]oadr.Kind{
		oadr.KindCancelPartyRegistration: oadr.KindCanceledPartyRegistration,
		oadr.KindRequestEvent:            oadr.KindDistributeEvent,
		oadr.KindCreateOpt:               oadr.KindCreatedOpt,
		oadr.KindCancelOpt:               oadr.KindCanceledOpt,
		oadr.KindRegisterReport:          oadr.KindRegisteredReport,
		oadr.KindCreateReport:            oadr.KindCreatedReport,
		oadr.KindUpdateReport:            oadr.KindUpdatedReport,
		oadr.KindCancelReport:            oadr.KindCanceledReport,
		// For these there is no type of answer.
		oadr.KindCreatedEvent:              oadr.KindResponse,
		oadr.KindPoll:                      oadr.KindResponse,
		oadr.KindResponse:                  oadr.KindResponse,
		oadr.KindRegisteredReport:          oadr.KindResponse,
		oadr.KindCreatedReport:             oadr.KindResponse,
		oadr.KindUpdatedReport:             oadr.KindResponse,
		oadr.KindCanceledReport:            oadr.KindResponse,
		oadr.KindCanceledPartyRegistration: oadr.KindResponse,
		// And these are not for a VTN.
		oadr.KindDistributeEvent:          oadr.KindResponse,
		oadr.KindRequestReregistration:    oadr.KindResponse,
		oadr.KindCreatedPartyRegistration: oadr.KindResponse,
		oadr.KindCreatedOpt:               oadr.KindResponse,
		oadr.KindCanceledOpt:              oadr.KindResponse,
	} {
		all[g.Message(kind)] = reply
	}
	return all
}

// One is unknown, the other was entered but has never registered: each is told
// 463 in the answer to its message, and nothing is stored.
func TestG3Spec517StrangersAreTold463(t *testing.T) {
	r := start(t)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "entered", Identities: accounts("entered")}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(r.store, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // the version is a connection's
	version := func() (n int) {
		if err := db.QueryRow("PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	for _, from := range []core.Peer{peer("nobody"), peer("entered")} {
		for m, kind := range strangersMessages() {
			reply, err := r.send(from, m)
			if r.wantStrangerAnswer(from, m.Kind(), reply, err); reply.Kind() != kind {
				t.Errorf("%s is answered with %s, want %s", m.Kind(), reply.Kind(), kind)
			}
		}
	}
	if after := version(); after != before {
		t.Error("something was stored")
	}
	// A stranger's query and registration are answered.
	wantCode(t, must[created](r, peer("nobody"), &oadr.QueryRegistration{RequestID: "q"}).Response, oadr.CodeOK, "q")
	wantCode(t, must[created](r, peer("nobody"), registration()).Response, oadr.CodeOK, "r1")
	if after := version(); after == before {
		t.Error("the test does not see what is stored")
	}
}

// A stranger is told that it is one, whatever else is wrong with its message: it learns
// nothing that a registered VEN is told.
func TestG3G5Spec517StrangersMalformedMessagesAre463(t *testing.T) {
	r := start(t)
	for name, inside := range map[string]string{
		"nothing in it":      `<oadrRequestEvent/>`,
		"impossible value":   `<oadrCreateOpt><ei:optID>o</ei:optID><ei:optType>maybe</ei:optType></oadrCreateOpt>`,
		"an unknown message": `<oadrMakeCoffee><p:requestID>r</p:requestID></oadrMakeCoffee>`,
		"no values":          `<oadrUpdateReport><oadrReport/></oadrUpdateReport>`,
	} {
		raw := `<oadrPayload xmlns="` + oadr.NS + `" xmlns:ei="` + oadr.NSei + `" xmlns:p="` + oadr.NSpyld + `"><oadrSignedObject>` + inside + `</oadrSignedObject></oadrPayload>`
		reply, err := r.sendRaw(peer("nobody"), []byte(raw))
		r.wantStrangerAnswer(peer("nobody"), oadr.Kind(name), reply, err)
	}
}

// An operator may have the transport answer strangers instead.
func TestG3StrangersGetNoPayload(t *testing.T) {
	r := start(t, func(c *core.Config) { c.StrangersError = true })
	for m := range strangersMessages() {
		if reply, err := r.send(peer("nobody"), m); !errors.Is(err, core.ErrNotRegistered) || reply != nil {
			t.Errorf("%s: %v, %v", m.Kind(), reply, err)
		}
	}
}
