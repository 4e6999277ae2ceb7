package console

import (
	"net/http"
	"net/url"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

func (c *Console) vens(r *http.Request, api *client.Client) (string, view, string, error) {
	v := view{Title: "VENs", At: "vens", Stream: "/api/v1/stream?kinds=ven,registration"}
	page, err := api.ListVENs(r.Context(), client.VENFilter{}, r.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return "", v, "", err
	}
	v.Data = listOf(page, "vens")
	return "vens", v, "", nil
}

// venData is a VEN with what it said last.
type venData struct {
	*client.VEN
	Notices []client.Notice
}

func (c *Console) ven(r *http.Request, api *client.Client) (string, view, string, error) {
	id := r.PathValue("venID")
	v := view{Title: "VEN " + id, At: "vens", Stream: "/api/v1/stream?venID=" + url.QueryEscape(id)}
	ven, err := api.GetVEN(r.Context(), id)
	if err != nil {
		return "", v, "", err
	}
	notices, err := api.ListNotices(r.Context(), id, "", 10)
	if err != nil {
		return "", v, "", err
	}
	v.Data = venData{ven, notices.Items}
	return "ven", v, "", nil
}
