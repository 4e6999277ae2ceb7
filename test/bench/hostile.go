package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// hostileFigures say what an honest VEN has to bear while others send whatever is most
// work. Times are milliseconds: median, 95 of 100, and the longest.
type hostileFigures struct {
	Hostile   int        `json:"hostile"`
	Alone     [3]float64 `json:"answerAloneMs"`
	Beside    [3]float64 `json:"answerBesideMs"`
	Push      [3]float64 `json:"pushBesideMs"` // from the API's answer to an event
	Sent      int64      `json:"hostileRequests"`
	Paused    float64    `json:"paused"`
	OverShare float64    `json:"refusedOverBudget"`
	CPU       float64    `json:"vtnCPUpercent"` // of one processor
}

const (
	hostileVENs   = 8
	honestVEN     = hostileVENs // the next
	hostileProbes = 200
	hostilePushes = 30
)

// hostile measures how long answers and pushes to one VEN take while eight others
// send as much work as they can.
//
// They are beside a server of their own, with the shaper of the configuration that is
// shipped: what VENs flood the server itself with is no work of the VTN's.
func (w *world) hostile(ctx context.Context, r *report) error {
	server, err := rig.StartEjabberd(ctx, rig.EjabberdOptions{Components: []string{vtnDomain}, Open: true, Shaped: true})
	if err != nil {
		return err
	}
	crowd, err := startChild(ctx, "crowd", server.OpenAddr, server.Domain)
	if err != nil {
		return err
	}
	if err := crowd.ask(ctx, "login %d", hostileVENs+1); err != nil {
		return err
	}
	beside := *w
	beside.server, beside.crowd = server, crowd
	return beside.underAttack(ctx, r)
}

func (w *world) underAttack(ctx context.Context, r *report) error {
	path, err := w.reportStore(ctx, "hostile")
	if err != nil {
		return err
	}
	v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr)
	if err != nil {
		return err
	}
	defer v.Close()
	f := hostileFigures{Hostile: hostileVENs}
	if f.Alone, err = w.probe(ctx); err != nil {
		return err
	}
	if err := w.crowd.ask(ctx, "attack %d %s", hostileVENs, vtnDomain); err != nil {
		return err
	}
	began := time.Now()
	used, err := cpuOf(v.PID())
	if err != nil {
		return err
	}
	if f.Beside, err = w.probe(ctx); err != nil {
		return err
	}
	if f.Push, err = w.pushes(ctx, v); err != nil {
		return err
	}
	now, err := cpuOf(v.PID())
	if err != nil {
		return err
	}
	f.CPU = 100 * (now - used).Seconds() / time.Since(began).Seconds()
	if err := w.crowd.say("peace"); err != nil {
		return err
	}
	line, err := w.crowd.line(ctx)
	if err != nil {
		return err
	}
	if _, err := fmt.Sscan(line, &f.Sent); err != nil {
		return fmt.Errorf("the crowd says %q: %w", line, err)
	}
	if f.Paused, err = v.counter(ctx, "vtn_xmpp_paused_total"); err != nil {
		return err
	}
	if f.OverShare, err = v.counter(ctx, `vtn_xmpp_rejected_total{reason="over budget"}`); err != nil {
		return err
	}
	r.Hostile = &f
	w.say("beside %d hostile VENs (%d requests, %.0f refused, %.0f %% of a processor): answers %s ms, alone %s; pushes %s ms",
		f.Hostile, f.Sent, f.OverShare, f.CPU, times(f.Beside), times(f.Alone), times(f.Push))
	return nil
}

// pushes returns how many milliseconds pushes to an honest VEN take: the median, 95 of 100, and the longest.
func (w *world) pushes(ctx context.Context, v *vtn) (took [3]float64, err error) {
	var pushes []float64
	for i := range hostilePushes {
		if err := w.crowd.ask(ctx, "watch %d", honestVEN); err != nil {
			return took, err
		}
		spec := event(fmt.Sprintf("hostile%04d", i), client.Targets{VENIDs: []string{venID(honestVEN)}})
		from := time.Now()
		if _, err := v.operator.CreateEvent(ctx, spec); err != nil {
			return took, err
		}
		if err := w.crowd.hear(ctx, "pushed"); err != nil {
			return took, err
		}
		pushes = append(pushes, ms(time.Since(from)))
		if _, err := v.operator.CancelEvent(ctx, spec.EventID); err != nil {
			return took, err
		}
	}
	return [3]float64{median(pushes), quantile(pushes, 0.95), slices.Max(pushes)}, nil
}

func times(t [3]float64) string {
	return fmt.Sprintf("%.0f (95 of 100 %.0f, at most %.0f)", t[0], t[1], t[2])
}

// probe has the honest client ask, and hears how long the answers took.
func (w *world) probe(ctx context.Context) (took [3]float64, err error) {
	if err := w.crowd.say("probe %d %d %s", honestVEN, hostileProbes, vtnDomain); err != nil {
		return took, err
	}
	line, err := w.crowd.line(ctx)
	if err != nil {
		return took, err
	}
	if _, err := fmt.Fscan(strings.NewReader(line), &took[0], &took[1], &took[2]); err != nil {
		return took, fmt.Errorf("the crowd says %q: %w", line, err)
	}
	return took, nil
}
