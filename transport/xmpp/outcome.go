package xmpp

import (
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// messageIn returns the message in a payload's wrapping, or the element itself if it
// has none.
func messageIn(e stream.Element) stream.Element {
	for range 2 {
		switch e.Local() {
		case "oadrPayload":
			e = e.Child("oadrSignedObject")
		case "oadrSignedObject":
			for m := range e.Children() {
				e = m
				break
			}
		}
	}
	return e
}

// outcome returns what an oadrResponse says of a push.
func outcome(response stream.Element) core.Outcome {
	r := response.Child("eiResponse")
	code, err := strconv.Atoi(strings.TrimSpace(r.Child("responseCode").Text()))
	switch {
	case err != nil || code < 100 || code > 999:
		return core.Outcome{Result: core.Refused, Error: "oadrResponse without a responseCode"}
	case code == int(oadr.CodeOK):
		return core.Outcome{Result: core.Acknowledged, Code: code}
	}
	return core.Outcome{Result: core.Refused, Code: code, Error: excerpt.Of(r.Child("responseDescription").Text())}
}

// failure returns what a stanza error says of a push (see [core.Result]). It passes
// over the payload that was pushed, which stands beside the error.
func failure(e stream.Element) core.Outcome {
	var wrong stream.Element
	for child := range e.Children() {
		if _, local := child.Name(); string(local) == "error" {
			wrong = child
		}
	}
	cond := condition(wrong)
	result := core.Refused
	switch stanza.Condition(cond) {
	case stanza.ServiceUnavailable, stanza.FeatureNotImplemented, stanza.RecipientUnavailable, stanza.ItemNotFound, stanza.RemoteServerNotFound:
		result = core.Unreachable
	default:
		if wrong.Attribute("type") == string(stanza.Wait) {
			result = core.Retry
		}
	}
	return core.Outcome{Result: result, Error: cond, Bare: true, Unknown: cond == string(stanza.FeatureNotImplemented)}
}

// condition returns the condition of a stanza error or stream error.
func condition(wrong stream.Element) string {
	for x := range wrong.Children() {
		if local := x.Local(); local != "text" {
			return excerpt.Of(local)
		}
	}
	return string(stanza.UndefinedCondition)
}
