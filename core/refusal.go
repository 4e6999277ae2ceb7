package core

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// refusal is a request that is not accepted, with the code and the reason it is
// answered with.
type refusal struct {
	code   oadr.Code
	reason string
}

func (r *refusal) Error() string { return r.reason }

func refuse(code oadr.Code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}
