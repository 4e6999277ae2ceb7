package console

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// view is what a template shows.
type view struct {
	Title  string
	Me     *client.Me // nil: not signed in
	At     string     // which part of the menu the page belongs to
	Stream string     // the stream whose messages say that the page is out of date
	Data   any

	Version string
	Now     time.Time
}

// MayChange reports whether the person may change events and VENs.
func (v view) MayChange() bool {
	return v.Me != nil && (v.Me.Role == "operator" || v.Me.Role == "administrator")
}

// pages are the templates by name, each with the layout around it.
type pages map[string]*template.Template

func readPages() pages {
	p := pages{}
	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "templates/layout.html"))
	names, err := files.ReadDir("templates")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, f := range names {
		if name, ok := strings.CutSuffix(f.Name(), ".html"); ok && name != "layout" {
			p[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, path.Join("templates", f.Name())))
		}
	}
	return p
}

// functions are what templates may call besides methods.
var functions = template.FuncMap{
	"asset": asset,
	"path":  url.PathEscape,
	"utc": func(t any) string {
		switch t := t.(type) {
		case time.Time:
			return t.UTC().Format(time.RFC3339)
		case *time.Time:
			if t != nil {
				return t.UTC().Format(time.RFC3339)
			}
		}
		return ""
	},
	"join": strings.Join,
}

// answer makes the view of a page, or does what a form asks and says where to go on.
type answer func(r *http.Request, api *client.Client) (template string, v view, next string, err error)

// page adds a page for people who are signed in.
func (c *Console) page(method, path string, answer answer) {
	c.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		api := c.client(r)
		me, err := api.Me(r.Context())
		if err != nil {
			c.problem(w, r, view{}, err)
			return
		}
		template, v, next, err := answer(r, api)
		v.Me = me
		switch {
		case err != nil:
			c.problem(w, r, v, err)
		case next != "":
			http.Redirect(w, r, next, http.StatusSeeOther)
		default:
			c.show(w, r, http.StatusOK, template, v)
		}
	})
}

// problem shows what went wrong. Whoever is not signed in is asked to, and comes back.
func (c *Console) problem(w http.ResponseWriter, r *http.Request, v view, err error) {
	var p *client.Problem
	if !errors.As(err, &p) {
		c.log.Error().Err(err).Msg("a page failed")
		p = &client.Problem{Status: http.StatusInternalServerError, Title: "Internal Server Error", Detail: "The VTN failed; its log says why."}
	}
	if p.Status == http.StatusUnauthorized {
		next := Prefix
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, Prefix+"sign-in?next="+url.QueryEscape(next), http.StatusSeeOther)
		return
	}
	v.Title, v.Data = p.Title, p.Error()
	c.show(w, r, p.Status, "problem", v)
}

// show writes a page, all of it or nothing.
func (c *Console) show(w http.ResponseWriter, _ *http.Request, status int, name string, v view) {
	v.Version, v.Now = c.version, c.now()
	var b bytes.Buffer
	if err := c.pages[name].Execute(&b, v); err != nil {
		c.log.Error().Err(err).Str("page", name).Msg("a page cannot be shown; please report this")
		http.Error(w, "The page cannot be shown; the VTN's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}
