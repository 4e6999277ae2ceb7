package fleet

import (
	"errors"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// A fleet over HTTP is told its events, and answers them, in both profiles and with
// signatures.
func TestRunOverHTTP(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"who poll":         func(*Options) {},
		"who listen":       func(o *Options) { o.HTTP.Listen = "127.0.0.1:0" },
		"who sign":         func(o *Options) { o.Form.Signed = true },
		"with reports":     func(o *Options) { o.ReportEvery, o.Points = 60e9, 2 },
		"of 2.0a":          func(o *Options) { o.Form = oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA} },
		"of 2.0a, pushed":  func(o *Options) { o.Form.Profile, o.HTTP.Listen = oadr.ProfileA, "127.0.0.1:0" },
		"with another CA ": func(o *Options) { o.TLS = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, o := startHTTP(t)
			if err := VENIDs(o.Accounts, 0, "ven%d"); err != nil {
				t.Fatal(err)
			}
			http := *o.HTTP
			o.HTTP = &http
			o.Events = vens
			change(&o)
			p, err := Run(t.Context(), o)
			if o.TLS == nil {
				if err == nil || len(p.Troubles) != 1 || p.Troubles[0].Kind != TroubleCertificate {
					t.Errorf("ended with %v, %+v", err, p)
				}
				return
			}
			if err != nil || p.Registered != vens || p.Opts != vens || o.ReportEvery > 0 && p.Updates == 0 {
				t.Errorf("ended with %v, %+v", err, p)
			}
		})
	}
}

// A VTN that does not take a VEN's certificate ends the handshake.
func TestT5TroubleOfAStranger(t *testing.T) {
	h, o := startHTTP(t)
	stranger, err := h.VTNs.Issue("ven1")
	if err != nil {
		t.Fatal(err)
	}
	o.Accounts = []Account{{Name: "stranger", Certificate: &stranger}}
	p, err := Run(t.Context(), o)
	if p.Failed != 1 || len(p.Troubles) != 1 || p.Troubles[0].Kind != TroubleLogin {
		t.Errorf("ended with %v, %+v", err, p)
	}
	if k := troubleOf(&ven.StatusError{Status: 503}); k != TroubleVTN {
		t.Errorf("503 is %s", k)
	}
}

func TestFolderWithoutCertificates(t *testing.T) {
	if _, err := Folder(t.TempDir()); err == nil || !strings.Contains(err.Error(), "NAME.key") || errors.Unwrap(err) != nil {
		t.Errorf("%v", err)
	}
}
