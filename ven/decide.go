package ven

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RefuseCustomSignals is a [Config.Decide] of a VEN that knows only the signals
// of the specification: an event with another, whose name begins x-, is answered
// 460 and opted out of.
func RefuseCustomSignals(e oadr.Event) Decision {
	for _, s := range e.Signals {
		if strings.HasPrefix(s.Name, "x-") {
			return Decision{OptType: oadr.OptOut, Code: oadr.CodeSignal}
		}
	}
	return Decision{OptType: oadr.OptIn}
}
