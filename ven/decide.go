package ven

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RefuseCustomSignals is a [Config.Decide] for a VEN that knows only the signals of
// the specification. It opts out of an event with any other signal, one whose name
// begins with x-, with the code 460.
func RefuseCustomSignals(e oadr.Event) Decision {
	for _, s := range e.Signals {
		if strings.HasPrefix(s.Name, "x-") {
			return Decision{OptType: oadr.OptOut, Code: oadr.CodeSignal}
		}
	}
	return Decision{OptType: oadr.OptIn}
}
