package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

const (
	prefix     = "/api/v1"
	pathHealth = "/healthz"
	pathReady  = "/readyz"
)

// by is who changes events through the API.
const by = "api"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	document := s.operations(mux)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document)
	})
	mux.HandleFunc("GET "+pathHealth, s.health)
	mux.HandleFunc("GET "+pathReady, s.ready)
	if s.cfg.Metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.cfg.Metrics, promhttp.HandlerOpts{}))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := impossible(r); p != nil {
			p.write(w, r)
			return
		}
		h, pattern := mux.Handler(r)
		if pattern == "" {
			unrouted(h, w, r)
			return
		}
		if !strings.HasSuffix(pattern, "/data") { // which is as long as it is, see [Server.reportData]
			ctx, cancel := context.WithTimeout(r.Context(), answerTime)
			defer cancel()
			r = r.WithContext(ctx)
		}
		mux.ServeHTTP(w, r)
	})
}

// unrouted answers as the mux would, with a problem for a body.
func unrouted(h http.Handler, w http.ResponseWriter, r *http.Request) {
	nowhere := &discard{header: http.Header{}}
	h.ServeHTTP(nowhere, r)
	if allow := nowhere.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		newProblem(http.StatusMethodNotAllowed, "use "+allow+" here").write(w, r)
		return
	}
	newProblem(http.StatusNotFound, "there is nothing at this path; /openapi.json lists what there is").write(w, r)
}

// discard is an answer that nobody reads.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// operations registers everything under the prefix and returns the OpenAPI
// document.
func (s *Server) operations(mux *http.ServeMux) []byte {
	cfg := huma.DefaultConfig("vtn-xmpp", s.cfg.Version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.RejectUnknownQueryParameters = true
	cfg.Formats = map[string]huma.Format{jsonType: jsonFormat, "json": jsonFormat}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	cfg.Security = []map[string][]string{{"token": {}}}
	api := humago.New(mux, cfg)

	s.reportOperations(api)

	event, ven := whole[client.EventSpec](api), whole[client.VENSpec](api)
	start := api.OpenAPI().Components.Schemas.Map()["EventSpec"].Properties["start"]
	start.Type, start.Format = "", ""
	start.OneOf = []*huma.Schema{{Type: huma.TypeString, Format: "date-time"}, {Type: huma.TypeString, Enum: []any{client.StartNow}}}
	add(api, operation("createEvent", http.MethodPost, "/events", "Create an event"), event, s.createEvent)
	add(api, operation("listEvents", http.MethodGet, "/events", "List events, newest first"), nil, s.listEvents)
	add(api, operation("getEvent", http.MethodGet, "/events/{eventID}", "Show an event with the counts of its VENs"), nil, s.getEvent)
	patch := operation("patchEvent", http.MethodPatch, "/events/{eventID}", "Change an event")
	patch.Description = "What has begun or passed cannot be changed, which is a conflict (409): the start of an active event, its signals, their intervals that have passed, " +
		"the value of the one that runs; nor can an event that is completed or cancelled. Its end, from now on, and all that is to come can be."
	add(api, patch, patchOf(event), s.patchEvent)
	add(api, operation("extendEvent", http.MethodPost, "/events/{eventID}/extend", "Make an event last longer; the last interval of each signal does"), nil, s.extendEvent)
	add(api, operation("cancelEvent", http.MethodPost, "/events/{eventID}/cancel", "Cancel an event"), nil, s.cancelEvent)
	add(api, operation("listEventVENs", http.MethodGet, "/events/{eventID}/vens", "List how its VENs stand with an event"), nil, s.listEventVENs)
	add(api, operation("eventHistory", http.MethodGet, "/events/{eventID}/history", "List what happened to an event, oldest first"), nil, s.eventHistory)
	add(api, operation("listOpts", http.MethodGet, "/opts", "List opts for events and by schedule, by venID and optID"), nil, s.listOpts)
	add(api, operation("addVEN", http.MethodPost, "/vens", "Enter a VEN"), ven, s.addVEN)
	add(api, operation("listVENs", http.MethodGet, "/vens", "List VENs by venID"), nil, s.listVENs)
	add(api, operation("getVEN", http.MethodGet, "/vens/{venID}", "Show a VEN"), nil, s.getVEN)
	add(api, operation("patchVEN", http.MethodPatch, "/vens/{venID}", "Change a VEN"), patchOf(ven), s.patchVEN)
	remove := operation("deleteVEN", http.MethodDelete, "/vens/{venID}", "Delete a VEN; what happened is kept")
	remove.Description = "If it is registered, that is cancelled, and the VEN is told until it answers. It can be asked for by its venID for as long as anything of it is kept, " +
		"and is in lists where those deleted are asked for. Its accounts and its venID can be entered again: it is then called \"VENID (deleted NUMBER)\"."
	add(api, remove, nil, s.deleteVEN)

	add(api, accepting("cancelRegistration", "/vens/{venID}/cancel-registration", "End a VEN's registration; the VEN is told until it answers"), nil, s.cancelRegistration)
	add(api, accepting("requestReregistration", "/vens/{venID}/request-reregistration", "Have a VEN register again"), nil, s.requestReregistration)
	add(api, operation("listNotices", http.MethodGet, "/vens/{venID}/notices", "List what a VEN was told about its registration, newest first"), nil, s.listNotices)

	document, err := json.Marshal(api.OpenAPI())
	if err != nil {
		panic(err) // the operations above are all it holds
	}
	return document
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID:  id,
		Method:       method,
		Path:         prefix + path,
		Summary:      summary,
		MaxBodyBytes: maxBody + 1, // huma refuses a body of exactly its limit
		// The bodies are read by [parse], which tells everything at once.
		SkipValidateBody: true,
		BodyReadTimeout:  10 * time.Second,
	}
}

// accepting is a POST that is answered before the VEN is.
func accepting(id, path, summary string) huma.Operation {
	op := operation(id, http.MethodPost, path, summary)
	op.DefaultStatus = http.StatusAccepted
	return op
}

// body is the JSON that an operation takes, by content type.
type body map[string]*huma.MediaType

// whole is the JSON of a thing.
func whole[T any](api huma.API) body {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return body{"application/json": {Schema: schema}}
}

// patchOf is a merge patch of a thing.
func patchOf(thing body) body {
	return body{"application/merge-patch+json": {Schema: &huma.Schema{
		Type:        huma.TypeObject,
		Description: "JSON merge patch (RFC 7396) of " + thing["application/json"].Schema.Ref + ": null takes a member away, arrays are replaced whole",
	}}}
}

// add registers an operation. huma would describe the bytes that handlers take
// as binary; the document gets what they really are.
func add[I, O any](api huma.API, op huma.Operation, content body, handle func(context.Context, *I) (*O, error)) {
	if content != nil {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		if op.Method == http.MethodPost {
			op.DefaultStatus = http.StatusCreated
		}
	}
	huma.Register(api, op, handle)
	if content != nil {
		op.RequestBody.Content = content
	}
}
