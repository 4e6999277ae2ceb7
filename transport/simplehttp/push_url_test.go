package simplehttp

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestH18URLs: the address is a base, which is never doubled.
func TestH18URLs(t *testing.T) {
	for address, want := range map[string]string{
		"https://ven.example":                                    "https://ven.example/OpenADR2/Simple/2.0b/EiEvent",
		" https://ven.example/\n":                                "https://ven.example/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example:8443/a/b":                           "https://ven.example:8443/a/b/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/a/":                                 "https://ven.example/a/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/a%2Fb//":                            "https://ven.example/a/b/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/OpenADR2/Simple/2.0b":               "https://ven.example/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/a/OpenADR2/Simple/2.0b/":            "https://ven.example/a/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/openadr2/simple/2.0b":               "https://ven.example/openadr2/simple/2.0b/EiEvent",
		"https://ven.example/OpenADR2/Simple/2.0b/EiEvent":       "https://ven.example/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/OpenADR2/Simple/2.0b/EiReport#here": "https://ven.example/OpenADR2/Simple/2.0b/EiEvent",
		"https://ven.example/myOpenADR2/Simple/2.0b":             "https://ven.example/myOpenADR2/Simple/2.0b/OpenADR2/Simple/2.0b/EiEvent",
		"https://[2001:db8::1]:8443":                             "https://[2001:db8::1]:8443/OpenADR2/Simple/2.0b/EiEvent",
	} {
		u, err := pushURL(core.Push{To: address, Kind: oadr.KindDistributeEvent})
		if err != nil || u.String() != want {
			t.Errorf("%s: %v %v, want %s", address, u, err, want)
		}
	}
}

// TestH1Services: each message goes to its service.
func TestH1Services(t *testing.T) {
	for kind, want := range map[oadr.Kind]string{
		oadr.KindDistributeEvent:         "EiEvent",
		oadr.KindCreateReport:            "EiReport",
		oadr.KindRegisterReport:          "EiReport",
		oadr.KindUpdateReport:            "EiReport",
		oadr.KindCancelReport:            "EiReport",
		oadr.KindRequestReregistration:   "EiRegisterParty",
		oadr.KindCancelPartyRegistration: "EiRegisterParty",
	} {
		u, err := pushURL(core.Push{To: "https://ven.example", Kind: kind})
		if err != nil || !strings.HasSuffix(u.Path, "/2.0b/"+want) {
			t.Errorf("%s: %v %v", kind, u, err)
		}
	}
}

// TestA2URLs: that of a 2.0a VEN is as the operator entered it, or a base.
func TestA2URLs(t *testing.T) {
	for address, want := range map[string]string{
		"https://ven.example":                          "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/":                         "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/a/":                       "https://ven.example/a/OpenADR2/Simple/EiEvent",
		"https://ven.example/OpenADR2/Simple":          "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/OpenADR2/Simple/":         "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/OpenADR2/Simple/EiEvent":  "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/OpenADR2/Simple/EiEvent/": "https://ven.example/OpenADR2/Simple/EiEvent",
		"https://ven.example/push/here":                "https://ven.example/push/here",
	} {
		u, err := pushURL(core.Push{To: address, Kind: oadr.KindDistributeEvent, Profile: oadr.ProfileA})
		if err != nil || u.String() != want {
			t.Errorf("%s: %v %v, want %s", address, u, err, want)
		}
	}
}

// TestH18NoURL: what cannot be pushed to is refused at once, and says what to do without repeating a password.
func TestH18NoURL(t *testing.T) {
	r := newPushRig(t)
	for _, address := range []string{
		"", "ven.example", "//ven.example", "https:", "https:ven.example", "https:///x", "http://ven.example", "ftp://ven.example", "file:///etc/passwd",
		"https://me:secret@ven.example", "https://ven.example/?key=secret", "https://ven.example?", "https://[::1", "https://ven.example:secret", "https://ven example/",
		"https://ven.example/%zz?secret",
	} {
		err := r.Push(t.Context(), pushTo(address, "AA", 1))
		if err == nil || !strings.Contains(err.Error(), "https://") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := r.Push(t.Context(), core.Push{To: "https://ven.example"}); err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("without identities: %v", err)
	}
}
