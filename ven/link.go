package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// transport makes links, as the rest of the VEN sees it. There is one for XMPP
// ([overXMPP]) and one for simple HTTP ([overHTTP]).
type transport interface {
	// start begins what outlasts links, such as listening for pushes.
	start() error
	// open makes a link. Requests of the VTN that come on it go to the server.
	open(ctx context.Context) (link, error)
	// introduce fills in what a registration says of the transport.
	introduce(m *oadr.CreatePartyRegistration)
	// catchesUp reports whether the VEN asks for its events after a reconnect.
	catchesUp() bool
}

// link is one time of being connected to the VTN: a stream of stanzas, or requests over
// HTTP that get through.
type link interface {
	// request sends a payload to a service of the VTN and waits for the answer.
	request(ctx context.Context, service string, payload []byte) (reply, error)
	// tell sends a payload that gets no answer, if there is such a thing; sent says so.
	tell(ctx context.Context, service string, payload []byte) (sent bool, err error)
	done() <-chan struct{} // closed when the link has ended
	why() error            // why it has ended
	end(cause error)       // without a goodbye
	close(ctx context.Context)
}

// reply is what a link brings in answer to a request.
type reply struct {
	payload  []byte // nil: an empty answer
	received time.Time
}

// back answers one request of the VTN in the way that it came. Its methods never wait.
type back interface {
	result(m oadr.Message, f oadr.Form)
	fail(errorType, condition string)
}

// inbound is a payload that the VTN sent by itself.
type inbound struct {
	payload  []byte
	received time.Time
	back     back
	loose    bool // it may as well be an answer that nobody waits for any more
}

// Services of a VTN.
const (
	eiEvent         = "EiEvent"
	eiRegisterParty = "EiRegisterParty"
	eiReport        = "EiReport"
	eiOpt           = "EiOpt"
	oadrPoll        = "OadrPoll"
)

// serviceOf is the service that a message of a kind belongs to.
func serviceOf(kind oadr.Kind) string {
	switch kind {
	case oadr.KindQueryRegistration, oadr.KindCreatePartyRegistration, oadr.KindCancelPartyRegistration,
		oadr.KindCanceledPartyRegistration, oadr.KindRequestReregistration:
		return eiRegisterParty
	case oadr.KindCreateOpt, oadr.KindCancelOpt:
		return eiOpt
	case oadr.KindRegisterReport, oadr.KindRegisteredReport, oadr.KindCreateReport, oadr.KindCreatedReport,
		oadr.KindUpdateReport, oadr.KindUpdatedReport, oadr.KindCancelReport, oadr.KindCanceledReport:
		return eiReport
	case oadr.KindPoll:
		return oadrPoll
	}
	return eiEvent
}
