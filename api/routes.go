package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	prefix     = "/api/v1"
	pathHealth = "/healthz"
	pathReady  = "/readyz"
	pathPages  = "/console/"
	pathLogin  = "/login" // after prefix
)

// routes answers requests. Streams end with stopping.
func routes(stopping context.Context, cfg Config, vtn VTN) http.Handler {
	mux := http.NewServeMux()
	document := operations(stopping, mux, cfg, vtn)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document)
	})
	health := &healthHandlers{parts: cfg.Ready}
	mux.HandleFunc("GET "+pathHealth, health.health)
	mux.HandleFunc("GET "+pathReady, health.ready)
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{}))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := checkRequest(r); p != nil {
			p.write(w, r)
			return
		}
		h, pattern := mux.Handler(r)
		if pattern == "" {
			unrouted(h, w, r)
			return
		}
		if !strings.HasSuffix(pattern, "/data") && !strings.HasSuffix(pattern, pathStream) { // [dataHandlers] limits each part of a download by itself
			ctx, cancel := context.WithTimeout(r.Context(), answerTime)
			defer cancel()
			r = r.WithContext(ctx)
		}
		mux.ServeHTTP(w, r)
	})
}

// unrouted answers a request that has no route. The status is what the mux's handler
// h would answer; the body is a problem.
func unrouted(h http.Handler, w http.ResponseWriter, r *http.Request) {
	standard := &discard{header: http.Header{}}
	h.ServeHTTP(standard, r)
	if allow := standard.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		newProblem(http.StatusMethodNotAllowed, "use "+allow+" here").write(w, r)
		return
	}
	newProblem(http.StatusNotFound, "there is nothing at this path; /openapi.json lists all paths").write(w, r)
}

// discard keeps the header of an answer only.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// operations registers all operations of the API and returns the OpenAPI document.
func operations(stopping context.Context, mux *http.ServeMux, cfg Config, vtn VTN) []byte {
	settings := huma.DefaultConfig("vtn-xmpp", cfg.Version)
	settings.OpenAPIPath, settings.DocsPath, settings.SchemasPath, settings.CreateHooks = "", "", "", nil
	settings.RejectUnknownQueryParameters = true
	settings.Formats = map[string]huma.Format{jsonType: jsonFormat, "json": jsonFormat}
	settings.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	settings.Security = []map[string][]string{{"token": {}}}
	api := humago.New(mux, settings)
	api.UseMiddleware(audited(api, cfg.People), roles(api))

	(&eventHandlers{vtn}).register(api)
	(&optHandlers{vtn}).register(api)
	(&venHandlers{vtn, cfg.Normalize}).register(api)
	(&noticeHandlers{vtn}).register(api)
	(&reportHandlers{vtn}).register(api)
	(&dataHandlers{vtn}).register(api)
	(&webhookHandlers{vtn, cfg.TestWebhook}).register(api)
	(&streamHandlers{vtn, cfg.Streams.withDefaults(), newPlaces(), stopping}).register(api)
	(&meHandlers{cfg.People}).register(api)
	if cfg.People != nil {
		(&userHandlers{cfg.People}).register(api)
		(&keyHandlers{cfg.People}).register(api)
		(&auditHandlers{cfg.People}).register(api)
	}

	document, err := json.Marshal(api.OpenAPI())
	if err != nil {
		panic(err) // it holds nothing but the operations above
	}
	return document
}
