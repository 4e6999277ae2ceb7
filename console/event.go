package console

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// pageSize is how many items a page of a list has.
const pageSize = 50

// listData is a page of a list.
type listData[T any] struct {
	Items []T
	Next  string // the address of the page after it
}

func listOf[T any](p *client.Page[T], address string) listData[T] {
	l := listData[T]{Items: p.Items}
	if p.Next != "" {
		l.Next = Prefix + address + "?cursor=" + url.QueryEscape(p.Next)
	}
	return l
}

func (c *Console) events(r *http.Request, api *client.Client) (string, view, string, error) {
	v := view{Title: "Events", At: "events", Stream: "/api/v1/stream?kinds=event"}
	page, err := api.ListEvents(r.Context(), r.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return "", v, "", err
	}
	v.Data = listOf(page, "events")
	return "events", v, "", nil
}

// eventData is an event with its VENs.
type eventData struct {
	*client.Event
	States []share // of its VENs, by delivery
	Opts   []share
	VENs   listData[client.EventVEN]
}

// share is a part of all VENs.
type share struct {
	Name  string
	Count int
	Total int
}

func (c *Console) event(r *http.Request, api *client.Client) (string, view, string, error) {
	id := r.PathValue("eventID")
	v := view{Title: "Event " + id, At: "events", Stream: "/api/v1/stream?kinds=event,delivery,opt,ven&eventID=" + url.QueryEscape(id)}
	e, err := api.GetEvent(r.Context(), id)
	if err != nil {
		return "", v, "", err
	}
	vens, err := api.EventVENsPage(r.Context(), id, r.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return "", v, "", err
	}
	data := eventData{Event: e, VENs: listOf(vens, "events/"+url.PathEscape(id))}
	for _, name := range []string{"acknowledged", "sent", "pending", "unreachable", "refused"} {
		data.States = append(data.States, share{name, e.VENs.Delivery[name], e.VENs.Total})
	}
	for _, name := range []string{"optIn", "optOut", "none"} {
		data.Opts = append(data.Opts, share{name, e.VENs.Opt[name], e.VENs.Total})
	}
	v.Data = data
	return "event", v, "", nil
}

// Percent is the part of all, from 0 to 100.
func (s share) Percent() string {
	if s.Total == 0 {
		return "0"
	}
	return strconv.Itoa(100 * s.Count / s.Total)
}

// cancelPage asks before an event is cancelled, and says whom that reaches.
func (c *Console) cancelPage(r *http.Request, api *client.Client) (string, view, string, error) {
	id := r.PathValue("eventID")
	v := view{Title: "Cancel event " + id, At: "events"}
	p, err := api.PreviewChange(r.Context(), id, struct{}{})
	if err != nil {
		return "", v, "", err
	}
	v.Data = p
	return "cancel", v, "", nil
}

func (c *Console) cancelEvent(r *http.Request, api *client.Client) (string, view, string, error) {
	id := r.PathValue("eventID")
	_, err := api.CancelEvent(r.Context(), id)
	return "", view{At: "events"}, Prefix + "events/" + url.PathEscape(id), err
}
