package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// Prefix is the path below which all pages are.
const Prefix = "/console/"

//go:embed templates static
var files embed.FS

// Console serves pages.
type Console struct {
	api     http.Handler
	log     zerolog.Logger
	now     func() time.Time
	version string
	mux     *http.ServeMux
	pages   pages
}

// New makes the pages of an API. now tells the time.
func New(api http.Handler, version string, now func() time.Time, log zerolog.Logger) *Console {
	c := &Console{api: api, log: log, now: now, version: version, mux: http.NewServeMux()}
	c.pages = readPages()
	c.routes()
	return c
}

// routes says which handler answers which path.
func (c *Console) routes() {
	c.mux.Handle("GET "+Prefix+"static/", static())
	c.mux.HandleFunc("GET "+Prefix+"{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, Prefix+"events", http.StatusSeeOther)
	})
	c.mux.HandleFunc("GET "+Prefix+"sign-in", c.signInPage)
	c.mux.HandleFunc("POST "+Prefix+"sign-in", c.signIn)
	c.mux.HandleFunc("POST "+Prefix+"sign-out", c.signOut)
	c.page("GET", "events", c.events)
	c.page("GET", "events/{eventID}", c.event)
	c.page("GET", "events/{eventID}/cancel", c.cancelPage)
	c.page("POST", "events/{eventID}/cancel", c.cancelEvent)
	c.page("GET", "vens", c.vens)
	c.page("GET", "vens/{venID}", c.ven)
	c.mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) {
		c.show(w, r, http.StatusNotFound, "problem", view{Title: "Not found", Data: "There is no such page."})
	})
}

// ServeHTTP is [http.Handler]. No page takes scripts, styles or frames from elsewhere.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("Referrer-Policy", "same-origin")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	c.mux.ServeHTTP(w, r)
}

// maxForm limits a form, in bytes.
const maxForm = 1 << 20

// static serves the stylesheet and the script. Their names in pages end with a hash of
// their content, so browsers may keep them.
func static() http.Handler {
	below, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // they are embedded
	}
	server := http.StripPrefix(Prefix+"static/", http.FileServerFS(below))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		server.ServeHTTP(w, r)
	})
}

// asset is the address of a static file.
func asset(name string) string {
	content, err := files.ReadFile("static/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(content)
	return Prefix + "static/" + name + "?" + hex.EncodeToString(sum[:6])
}

// client calls the API as whoever makes a request.
func (c *Console) client(r *http.Request) *client.Client { return client.InProcess(c.api, r) }

// isLocal reports whether a path may be gone to after signing in: one of a page.
func isLocal(path string) bool {
	return strings.HasPrefix(path, Prefix) && !strings.ContainsAny(path, "\\\r\n")
}
