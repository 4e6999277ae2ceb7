package ven

import (
	"bytes"
	"testing"
	"time"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// What the tests of ven/faulty use, which imports this package.

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

type HTTPVTN = httpVTN

var StartHTTPVTN = startHTTPVTN

func (v *httpVTN) Config(name string) Config { return v.config(name) }

func (v *httpVTN) Registered(cfg Config) *VEN { return v.registered(cfg) }

func (v *httpVTN) HandOut(m ...oadr.Message) { v.handOut(m...) }

func (v *httpVTN) Push(to *VEN, m oadr.Message) (status int, answer oadr.Message) {
	return v.push(to.Address(), "OpenADR2/Simple/2.0b/EiEvent", m)
}

// PushUnanswered reports whether the VEN answers what it should not.
func (v *httpVTN) PushUnanswered(to *VEN, m oadr.Message) bool {
	v.t.Helper()
	client := v.client()
	client.Timeout = 200 * time.Millisecond
	res, err := client.Post(to.Address()+"OpenADR2/Simple/2.0b/EiEvent", "application/xml", bytes.NewReader(oadr.Append(nil, oadr.Form{}, m)))
	if err == nil {
		res.Body.Close()
	}
	return err == nil
}

func NextOverHTTP[M oadr.Message](t *testing.T, v *HTTPVTN, service string) M {
	t.Helper()
	return awaitHTTP[M](t, v, service)
}
