package signature

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// message takes about 2,000 bytes unsigned.
var message = &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: strings.Repeat("text ", 330), RequestID: "r"}, VENID: "ven-1"}

func BenchmarkSign(b *testing.B) {
	for name, of := range keys {
		s := of().signer(b)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.Append(nil, message)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for name, of := range keys {
		raw := of().signer(b).Append(nil, message)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				accepts(b, string(raw))
			}
		})
	}
}
