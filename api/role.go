package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// needs is the key of an operation's metadata that holds the role it needs.
const needs = "role"

// forRole says which role an operation needs, if that is not the usual one.
func forRole(op huma.Operation, r people.Role) huma.Operation {
	op.Metadata = map[string]any{needs: r}
	return op
}

// roleFor is the role that an operation needs: by default one reads as a viewer and
// changes as an operator.
func roleFor(op *huma.Operation) people.Role {
	if r, ok := op.Metadata[needs].(people.Role); ok {
		return r
	}
	if op.Method == http.MethodGet {
		return people.Viewer
	}
	return people.Operator
}

// roles refuses operations that the person's role does not allow.
func roles(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		who, needed := personOf(ctx.Context()), roleFor(ctx.Operation())
		if !who.Role.Allows(needed) {
			_ = huma.WriteErr(api, ctx, http.StatusForbidden, "this needs the role "+string(needed)+"; "+who.Name+" is "+string(who.Role)+" here. An administrator can change that")
			return
		}
		next(ctx)
	}
}
