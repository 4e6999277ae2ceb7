package simplehttp

import (
	"strings"
	"testing"
)

// TestH14Spec402AddressIsCheckedAtRegistration: an address that no push goes to is refused
// at once.
func TestH14Spec402AddressIsCheckedAtRegistration(t *testing.T) {
	for address, reason := range map[string]string{
		"https://ven.example.org":           "",
		"https://ven.example.org:8443/x":    "",
		"https://8.8.8.8/":                  "",
		"http://ven.example.org":            "https://",
		"ven.example.org":                   "https://",
		"https://":                          "no host",
		"https://user@ven.example.org/":     "user",
		"https://127.0.0.1/":                "private or loopback",
		"https://[::1]:8443/":               "private or loopback",
		"https://169.254.169.254/":          "metadata",
		"https://10.1.2.3/":                 "private or loopback",
		"https://ven.example:65535/":        "",
		"https://ven.example:/":             "",
		"https://ven.example:0/":            "port",
		"https://ven.example:65536/":        "port",
		"https://8.8.8.8:99999999999/":      "port",
		"https://b\u00fccher.example/":      "ASCII",
		"https://127\u30020\u30020\u30021/": "ASCII",
		"https://%ef%bc%91.example/":        "ASCII",
	} {
		p := &pushes{base: &base{}}
		err := p.CheckAddress(address)
		if (err == nil) != (reason == "") || err != nil && !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want %q", address, err, reason)
		}
	}
	allowed := &pushes{base: &base{cfg: Config{PushPrivate: true}}}
	if err := allowed.CheckAddress("https://127.0.0.1:1/"); err != nil {
		t.Error(err)
	}
}
