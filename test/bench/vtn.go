package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// vtn is a running VTN with its operator.
type vtn struct {
	*rig.VTN
	operator *client.Client
	events   int
	prefix   string
}

// startVTN runs a VTN on a store, by default straight beside the server.
func (w *world) startVTN(ctx context.Context, path, domain, addr string, env ...string) (*vtn, error) {
	return w.startVTNWith(ctx, "sqlite:"+path, domain, rig.VTNOptions{Server: addr, Env: env})
}

// startVTNWith runs one with further options.
func (w *world) startVTNWith(ctx context.Context, store, domain string, o rig.VTNOptions) (*vtn, error) {
	o.Binary, o.Domain, o.Secret, o.Store = w.binary, domain, w.server.Secret, store
	if o.Server == "" {
		o.Server = w.server.ComponentAddr
	}
	v, err := rig.StartVTN(ctx, o)
	if err != nil {
		return nil, err
	}
	return &vtn{VTN: v, operator: client.New(v.APIURL, ""), prefix: "e" + domain[:1]}, nil
}

// fanOutLine is what the VTN's log tells of a fan-out.
type fanOutLine struct {
	EventID      string `json:"eventID"`
	Pushes       int    `json:"pushes"`
	Acknowledged int    `json:"acknowledged"`
	Bytes        int    `json:"bytes"`
}

// fanOut creates an event for a group and returns when every push of it is
// settled on disk. The event is still there afterwards.
func (v *vtn) fanOut(ctx context.Context, group string, n int) (fanOutLine, error) {
	return v.push(ctx, client.Targets{Groups: []string{group}}, n)
}

// push creates an event and returns when its n pushes are acknowledged.
func (v *vtn) push(ctx context.Context, to client.Targets, n int) (fanOutLine, error) {
	v.events++
	spec := event(fmt.Sprintf("%s%08d", v.prefix, v.events), to)
	if _, err := v.operator.CreateEvent(ctx, spec); err != nil {
		return fanOutLine{}, err
	}
	return v.finished(ctx, spec.EventID, 0, n)
}

// event is an hour of SIMPLE level 1, tomorrow. No oadrCreatedEvent is needed
// for it to leave the VENs' sets once it is cancelled.
func event(id string, to client.Targets) client.EventSpec {
	return client.EventSpec{
		EventID: id, MarketContext: "http://example.org/dr", Start: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second), Duration: "PT1H",
		Overlap: "allow", ResponseRequired: "never",
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}},
		Targets: to,
	}
}

// clear cancels the last event, so that the VENs' sets are empty again.
func (v *vtn) clear(ctx context.Context, n int) error {
	id := fmt.Sprintf("%s%08d", v.prefix, v.events)
	if _, err := v.operator.CancelEvent(ctx, id); err != nil {
		return err
	}
	_, err := v.finished(ctx, id, 1, n)
	return err
}

// finished waits for the line that tells of a change's fan-out.
func (v *vtn) finished(ctx context.Context, eventID string, modification, n int) (fanOutLine, error) {
	var told fanOutLine
	line, err := v.WaitLog(ctx, fmt.Sprintf(`"eventID":"%s","modificationNumber":%d,"pushes":`, eventID, modification))
	if err != nil {
		return told, err
	}
	if err := json.Unmarshal([]byte(line), &told); err != nil {
		return told, err
	}
	if told.Acknowledged != n {
		return told, fmt.Errorf("of %d VENs %d acknowledged: %s", n, told.Acknowledged, line)
	}
	return told, nil
}

// counter reads one line of /metrics.
func (v *vtn) counter(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.APIURL+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		if value, ok := strings.CutPrefix(s.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("/metrics has no %s", name)
}
