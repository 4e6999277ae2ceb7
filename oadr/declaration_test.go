package oadr_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestWithoutDeclaration(t *testing.T) {
	for text, want := range map[string]string{
		"<?xml version='1.0'?><a/>": "<a/>", "\uFEFF <?xml\tversion='1.0'?><a/>": "<a/>", "<?xml-stylesheet?><a/>": "<?xml-stylesheet?><a/>",
		"<?xml version='1.0'": "<?xml version='1.0'", "<?xml": "<?xml", "": "",
	} {
		if got := string(oadr.WithoutDeclaration([]byte(text))); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
