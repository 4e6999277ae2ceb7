package fleet

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// config is the configuration of one VEN.
func (f *fleet) config(i int) (ven.Config, error) {
	account := f.Accounts[i]
	opt := oadr.OptIn
	if chosen(i, f.OptOut) {
		opt = oadr.OptOut
	}
	codec, err := f.codec(account)
	if err != nil {
		return ven.Config{}, err
	}
	return ven.Config{
		JID:             account.JID,
		Password:        account.Password,
		Server:          f.Server,
		HTTP:            f.HTTP,
		TLS:             account.tls(f.TLS),
		VTN:             f.VTN,
		VTNFingerprints: f.VTNFingerprints,
		VENID:           account.VENID,
		VENName:         account.String(),
		PingAfter:       f.PingAfter,
		Bare:            f.fault(i) != "", // it gets its events by push, since the faults show there
		Form:            f.Form,
		Codec:           codec,
		Stanza:          f.Stanza,
		Log:             f.Log,
		Decide: func(oadr.Event) ven.Decision {
			return ven.Decision{OptType: opt, After: f.Delay}
		},
		OnState: func(s ven.State) { f.state(i, s) },
		OnRetry: func(err error) { f.troubled(i, err) },
		OnEvent: func(e ven.Event) { f.event(account, e) },
		OnAnswer: func(e ven.Event) {
			f.answer(e)
			if f.OnAnswer != nil {
				f.OnAnswer(account, e)
			}
		},
	}, nil
}

// codec is what a VEN reads and writes payloads with; nil: ven.Config's.
func (f *fleet) codec(a Account) (ven.Codec, error) {
	if !f.Form.Signed {
		return nil, nil
	}
	if a.Certificate == nil {
		return nil, fmt.Errorf("%s has no certificate to sign with", a)
	}
	signer, err := signature.SignerOf(*a.Certificate, time.Now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	return signature.Codec{Limits: oadr.DefaultLimits, Signer: signer, Rewritten: f.HTTP == nil}, nil
}
