package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// problem is an error in the form of an answer: problem+json (RFC 9457).
type problem struct {
	client.Problem
	header http.Header // of the answer, beside what its status needs
}

const problemType = "application/problem+json"

// GetStatus and ContentType are called by huma.
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }
func (p *problem) Error() string             { return p.Problem.Error() }

// GetHeaders is also called by huma.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	maps.Copy(h, p.header)
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	return h
}

func newProblem(status int, detail string) *problem {
	return &problem{Problem: client.Problem{Title: http.StatusText(status), Status: status, Detail: detail}}
}

func malformed(detail string) *problem { return newProblem(http.StatusBadRequest, detail) }

// huma's errors about parameters and bodies that it cannot read take the same form,
// by these variables of huma.
func init() {
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		p := newProblem(status, detail)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if !errors.As(err, &d) {
				continue // its text may reveal internals
			}
			field := d.ErrorDetail().Location
			if _, name, ok := strings.Cut(field, "."); ok {
				field = name
			}
			p.Errors = append(p.Errors, client.Wrong{Field: field, Message: d.ErrorDetail().Message})
		}
		return p
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		p := huma.NewError(status, detail, errs...).(*problem)
		p.RequestID = requestID(ctx.Context())
		return p
	}
}

// refuse makes an error of core an answer to the operator.
func refuse(ctx context.Context, err error) error { return refuseOf(ctx, err, "such thing") }

// refuseOf is refuse for a request about one thing. If err is [core.ErrNotFound],
// the answer says that there is no such thing, by the name given.
func refuseOf(ctx context.Context, err error, named string) error {
	p := problemOf(ctx, err, named)
	p.RequestID = requestID(ctx)
	return p
}

func problemOf(ctx context.Context, err error, named string) *problem {
	var invalid *core.InvalidError
	var conflict *core.ConflictError
	var already *problem
	switch {
	case errors.As(err, &already):
		return newProblem(already.Status, already.Detail)
	case errors.As(err, &invalid):
		return problemOfInput(http.StatusUnprocessableEntity, invalid.Problems, requestOf(ctx).method)
	case errors.As(err, &conflict):
		return problemOfInput(http.StatusConflict, conflict.Problems, requestOf(ctx).method)
	case errors.Is(err, core.ErrNotFound):
		return newProblem(http.StatusNotFound, "there is no "+named)
	case errors.Is(err, core.ErrConflict):
		detail := strings.TrimPrefix(err.Error(), core.ErrConflict.Error()+": ")
		return newProblem(http.StatusConflict, strings.TrimSuffix(detail, ": "+core.ErrConflict.Error()))
	case errors.Is(err, core.ErrBusy):
		return newProblem(http.StatusServiceUnavailable, tooManyReads)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		zerolog.Ctx(ctx).Warn().Err(err).Msg("a request was given up")
		return newProblem(http.StatusServiceUnavailable, "the VTN or its store was too slow"+again(ctx))
	case errors.Is(err, core.ErrStore):
		zerolog.Ctx(ctx).Debug().Err(err).Msg("a request failed: the store does not work")
		return newProblem(http.StatusServiceUnavailable, "the VTN's store is away or cannot be used: check that it runs, VTN_STORE, free space and permissions; "+
			"the VTN's log says more"+again(ctx))
	}
	zerolog.Ctx(ctx).Error().Err(err).Msg("a request failed")
	return newProblem(http.StatusInternalServerError, "the VTN failed; its log says why at this requestID")
}

// again says what to do after a request with an unknown outcome.
func again(ctx context.Context) string {
	if requestOf(ctx).method == http.MethodGet {
		return "; try again later"
	}
	return "; check whether it was done before you try again"
}

// invalid is the error of one wrong field.
func invalid(field, reason string) error {
	return &core.InvalidError{Problems: []core.Problem{{Field: field, Reason: reason}}}
}

// problemOfInput lists the fields that are wrong.
func problemOfInput(status int, problems []core.Problem, method string) *problem {
	detail := "1 field is wrong"
	if n := len(problems); n > 1 {
		detail = fmt.Sprintf("%d fields are wrong", n)
	}
	if method != http.MethodGet { // a GET stores nothing anyway
		detail += "; nothing was stored"
	}
	p := newProblem(status, detail)
	p.Errors = showWrong(problems)
	return p
}

func showWrong(problems []core.Problem) (out []client.Wrong) {
	for _, p := range problems {
		out = append(out, client.Wrong{Field: p.Field, Rule: p.Rule, Message: p.Reason})
	}
	return out
}

// write answers a request with the problem, outside of an operation.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	p.RequestID = requestID(r.Context())
	maps.Copy(w.Header(), p.GetHeaders())
	writeJSON(w, p.Status, problemType, p)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = writeValue(w, v)
}

// jsonFormat has huma write JSON as everything else here does.
var jsonFormat = huma.Format{Marshal: writeValue, Unmarshal: json.Unmarshal}

// writeValue writes all of v or nothing. It panics if v has no JSON, because huma
// would answer with the text of an error.
func writeValue(w io.Writer, v any) error {
	var no *json.MarshalerError
	var none *json.UnsupportedValueError
	if err := client.WriteJSON(w, v); errors.As(err, &no) || errors.As(err, &none) {
		panic(err)
	}
	return nil // any other error means that the client is gone
}
