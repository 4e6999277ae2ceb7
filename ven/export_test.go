package ven

import (
	"testing"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// What the tests of internal/faulty use, which imports this package.

type ScriptedVTN = scriptedVTN

var (
	StartServer      = startServer
	StartScriptedVTN = startVTN
	AccountConfig    = account
	MustDial         = connect
	MustRegister     = register
	MustReport       = reporter
	Decoded          = decoded
	CodeOf           = code
	ErrorOf          = stanzaError
	SomeEvent        = event
	PushOf           = pushOf
	AsksFor          = asks
	NextUpdate       = update
	Timeout          = timeout
)

func NextRequest[M oadr.Message](t *testing.T, v *ScriptedVTN) M {
	t.Helper()
	return request[M](t, v)
}

func (v *scriptedVTN) Next() oadr.Message { return next(v.t, v.got) }

func (v *scriptedVTN) Push(to jid.JID, m oadr.Message) *stanza { return v.push(to, m) }

func (v *scriptedVTN) Create(to *VEN, code oadr.Code, pending []string, requests ...oadr.ReportRequest) {
	v.t.Helper()
	v.create(to, code, pending, requests...)
}

// PushUnanswered pushes what the VEN will not answer.
func (v *scriptedVTN) PushUnanswered(to jid.JID, m oadr.Message) {
	v.write(v.service(), iq("set", to.String(), newID(), oadr.Append(nil, oadr.Form{}, m)))
}
