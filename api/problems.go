package api

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// maxProblems limits how many problems one answer lists.
const maxProblems = 100

// problems collects what is wrong with an input.
type problems []core.Problem

func (p *problems) add(field, reason string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, core.Problem{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
}
