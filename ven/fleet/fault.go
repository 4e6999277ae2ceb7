package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// Fault is what a VEN of a fleet does wrong all the time.
type Fault string

// Faults of VENs.
const (
	FaultSilent  Fault = "silent"   // it answers nothing that the VTN sends
	FaultError   Fault = "error"    // it answers with a stanza error: try again later
	FaultRefuse  Fault = "refuse"   // it opts out of events with 460, signal not supported
	FaultWrongID Fault = "wrong-id" // its reports are for requests that the VTN never made
	FaultRepeat  Fault = "repeat"   // it sends reports twice
)

// faults are all of them; those from reportFaults on need reports.
var faults = []Fault{FaultSilent, FaultError, FaultRefuse, FaultWrongID, FaultRepeat}

const reportFaults = 3

// ParseFault reads the name of a fault.
func ParseFault(name string) (Fault, error) {
	if !slices.Contains(faults, Fault(name)) {
		var names []string
		for _, f := range faults {
			names = append(names, string(f))
		}
		return "", fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
	}
	return Fault(name), nil
}

// checkFaults returns an error for a fault that would not show. If no Faults are named
// it fills in all that would.
func (o *Options) checkFaults() error {
	if o.ReportEvery == 0 {
		for _, f := range o.Faults {
			if slices.Contains(faults[reportFaults:], f) {
				return fmt.Errorf("%s is an error in reports; make the VENs offer reports", f)
			}
		}
	}
	switch {
	case len(o.Faults) > 0:
	case o.ReportEvery == 0:
		o.Faults = faults[:reportFaults]
	default:
		o.Faults = faults
	}
	return nil
}

// fault is what the VEN with index i does wrong, empty for nothing. The VENs with
// faults are spread over the fleet, half a fleet away from those that opt out, and get
// the Faults in turn.
func (f *fleet) fault(i int) Fault {
	n := len(f.Accounts)
	i = (i + n/2) % n
	if !chosen(i, f.Errors) {
		return ""
	}
	return f.Faults[upTo(i, f.Errors)%len(f.Faults)]
}

// misbehave makes the VEN with index i do what it is to do wrong.
func (f *fleet) misbehave(i int, c *ven.Config) {
	fault := f.fault(i)
	done := func() { f.faulted(f.Accounts[i], fault) }
	var faults faulty.Faults
	oddly := func(r faulty.Reply) {
		faults.OnRequest = func(oadr.Message) faulty.Reply { done(); return r }
		faults.OnPush = func(*oadr.DistributeEvent) faulty.Reply { done(); return r }
	}
	switch fault {
	case FaultSilent:
		oddly(faulty.Reply{How: faulty.Ignore})
	case FaultError:
		oddly(faulty.Reply{How: faulty.Fail, Type: "wait", Condition: "resource-constraint"})
	case FaultRefuse:
		c.Decide = func(oadr.Event) ven.Decision {
			done()
			return ven.Decision{OptType: oadr.OptOut, Code: oadr.CodeSignal, After: f.Delay}
		}
	case FaultWrongID:
		faults.ReportRequestID = func(asked string) string { done(); return asked + "-wrong" }
	case FaultRepeat:
		faults.Repeat = func(*oadr.UpdateReport) int { done(); return 1 }
	}
	faults.Apply(c)
}

func (f *fleet) faulted(a Account, fault Fault) {
	f.mu.Lock()
	f.counts.Faults++
	f.mu.Unlock()
	if f.OnFault != nil {
		f.OnFault(a, fault)
	}
}
