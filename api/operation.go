package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// operation describes an operation of the API.
func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID:  id,
		Method:       method,
		Path:         prefix + path,
		Summary:      summary,
		MaxBodyBytes: maxBody + 1, // huma refuses a body of exactly its limit
		// [parse] reads the bodies, and reports all problems at once.
		SkipValidateBody: true,
		BodyReadTimeout:  10 * time.Second,
	}
}

// accepting describes a POST that is answered before the VEN has been told.
func accepting(id, path, summary string) huma.Operation {
	op := operation(id, http.MethodPost, path, summary)
	op.DefaultStatus = http.StatusAccepted
	return op
}

// add registers an operation. content is what the document says of its body; nil
// if it has none. (huma would describe the bytes that handlers take as binary.)
func add[I, O any](api huma.API, op huma.Operation, content body, handle func(context.Context, *I) (*O, error)) {
	if content != nil {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		if op.Method == http.MethodPost && op.DefaultStatus == 0 {
			op.DefaultStatus = http.StatusCreated
		}
	}
	huma.Register(api, op, handle)
	if content != nil {
		op.RequestBody.Content = content
	}
}

// Content types.
const (
	jsonType  = "application/json"
	patchType = "application/merge-patch+json"
	csvType   = "text/csv"
)

// body is what an operation takes, by content type.
type body map[string]*huma.MediaType

// bodyOf is the JSON of a T.
func bodyOf[T any](api huma.API) body { return body{jsonType: {Schema: schemaOf[T](api)}} }

// patchOf is a merge patch of a T.
func patchOf[T any](api huma.API) body {
	return body{patchType: {Schema: &huma.Schema{
		Type:        huma.TypeObject,
		Description: "JSON merge patch (RFC 7396) of " + schemaOf[T](api).Ref + ": null takes a member away, arrays are replaced whole",
	}}}
}

// schemaOf refers to the schema of a T's JSON.
func schemaOf[T any](api huma.API) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

func either(schemas ...*huma.Schema) *huma.Schema { return &huma.Schema{OneOf: schemas} }

// answers describes the successful answer of an operation if huma cannot derive it
// from the handler's type.
func answers(status int, s *huma.Schema) map[string]*huma.Response {
	return map[string]*huma.Response{strconv.Itoa(status): {
		Description: http.StatusText(status),
		Content:     map[string]*huma.MediaType{jsonType: {Schema: s}},
	}}
}
