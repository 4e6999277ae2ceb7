package console

import (
	"errors"
	"net/http"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// signInData is what the sign-in page shows.
type signInData struct{ Next, Name, Problem string }

func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, http.StatusOK, "signin", view{Title: "Sign in", Data: signInData{Next: r.URL.Query().Get("next")}})
}

// signIn signs in by the API, and hands its cookie on to the browser.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		c.show(w, r, http.StatusBadRequest, "problem", view{Title: "Bad request", Data: "The form cannot be read; go back and try again."})
		return
	}
	name, next := r.PostForm.Get("name"), r.PostForm.Get("next")
	cookie, err := c.client(r).Session(r.Context(), client.Credentials{Name: name, Password: r.PostForm.Get("password")})
	var p *client.Problem
	if errors.As(err, &p) {
		c.show(w, r, p.Status, "signin", view{Title: "Sign in", Data: signInData{Next: next, Name: name, Problem: p.Error()}})
		return
	} else if err != nil {
		c.problem(w, r, view{}, err)
		return
	}
	w.Header().Set("Set-Cookie", cookie)
	if !isLocal(next) {
		next = Prefix
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	cookie, err := c.client(r).EndSession(r.Context())
	if err != nil {
		c.problem(w, r, view{}, err)
		return
	}
	w.Header().Set("Set-Cookie", cookie)
	http.Redirect(w, r, Prefix+"sign-in", http.StatusSeeOther)
}
