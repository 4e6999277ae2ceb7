// Command demo shows the main job on real parts: an ejabberd, a VTN beside it,
// ten simulated VENs that register over XMPP, and one event that is pushed to
// them; an eleventh is away when the event is created and gets it when it comes
// back. It ends with status 0 only if every line of its table is as it should be.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

const (
	vens    = 10 // that are there; one of them opts out
	group   = "demo"
	vtnHost = "vtn.localhost"
	// patience bounds the whole run.
	patience = 2 * time.Minute
)

func main() {
	rig.Main(func(ctx context.Context) int {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		d := &demo{began: time.Now()}
		if err := d.run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
			return 1
		}
		return 0
	})
}

type demo struct {
	began    time.Time
	ejabberd *rig.Ejabberd
	operator *client.Client
	accounts []fleet.Account  // the last is the one that is away
	kept     ven.Registration // what the one that is away keeps
}

// say reports progress.
func (d *demo) say(format string, args ...any) {
	fmt.Printf("%5.1f s  %s\n", time.Since(d.began).Seconds(), fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context) error {
	if err := d.servers(ctx); err != nil {
		return err
	}
	if err := d.enter(ctx); err != nil {
		return err
	}
	if err := d.goAway(ctx); err != nil {
		return err
	}
	w := newWatch()
	fleetCtx, stopFleet := context.WithCancel(ctx)
	defer stopFleet()
	ended := make(chan error, 1)
	go func() {
		_, err := fleet.Run(fleetCtx, fleet.Options{
			Accounts: d.accounts[:vens], Server: d.ejabberd.ClientAddr, TLS: d.tls(), OptOut: 1.0 / vens,
			OnRegistered: w.registered, OnEvent: w.event, OnAnswer: w.answered,
		})
		ended <- err
	}()
	if err := w.wait(ctx, ended, "all VENs to register", func() bool { return len(w.ids) == vens }); err != nil {
		return err
	}
	d.say("%d VENs are registered over XMPP, 1 more is registered and away", vens)

	e, err := d.operator.CreateEvent(ctx, event())
	answered := time.Now()
	if err != nil {
		return err
	}
	d.say("event %s is created", e.EventID)
	if err := w.wait(ctx, ended, "all opts", func() bool { return len(w.opts) == vens }); err != nil {
		return err
	}
	back, err := d.comeBack(ctx, w, e.EventID)
	if err != nil {
		return err
	}
	t := table{began: answered, back: back, watch: w, accounts: d.accounts}
	if err := t.fill(ctx, d.operator, e.EventID); err != nil {
		return err
	}
	t.print()
	stopFleet()
	if err := <-ended; err != nil {
		return err
	}
	return t.verdict()
}

// servers starts ejabberd and the VTN.
func (d *demo) servers(ctx context.Context) (err error) {
	d.say("starting ejabberd")
	if d.ejabberd, err = rig.StartEjabberd(ctx, rig.EjabberdOptions{}); err != nil {
		return err
	}
	d.say("building and starting vtn-xmpp")
	binary, err := rig.Build(ctx)
	if err != nil {
		return err
	}
	vtn, err := rig.StartVTN(ctx, rig.VTNOptions{
		Binary: binary, Server: d.ejabberd.ComponentAddr, Domain: vtnHost, Secret: d.ejabberd.Secret,
	})
	if err != nil {
		return err
	}
	d.operator = client.New(vtn.APIURL, "")
	return nil
}

// enter makes the VENs' accounts, and enters them with the VTN.
func (d *demo) enter(ctx context.Context) error {
	accounts := make([]rig.Account, vens+1)
	for i := range accounts {
		user := fmt.Sprintf("ven%02d", i+1)
		accounts[i] = rig.Account{User: user, Password: "demo-" + user, SeenBy: []string{vtnHost}}
		jid := user + "@" + d.ejabberd.Domain
		d.accounts = append(d.accounts, fleet.Account{JID: jid, Password: accounts[i].Password})
		if _, err := d.operator.AddVEN(ctx, client.VENSpec{
			VENID: user, Groups: []string{group}, Identities: []client.Identity{{Transport: "xmpp", Identity: jid}},
		}); err != nil {
			return err
		}
	}
	d.say("making %d accounts", len(accounts))
	return d.ejabberd.Register(ctx, accounts...)
}

func (d *demo) tls() *tls.Config { return &tls.Config{RootCAs: d.ejabberd.CertPool} }

func (d *demo) absentee() fleet.Account { return d.accounts[vens] }

// goAway registers the last VEN and lets it leave.
func (d *demo) goAway(ctx context.Context) error {
	v, err := ven.Dial(ctx, ven.Config{JID: d.absentee().JID, Password: d.absentee().Password, Server: d.ejabberd.ClientAddr, TLS: d.tls()})
	if err != nil {
		return err
	}
	d.kept, err = v.Register(ctx)
	return errors.Join(err, v.Close(ctx))
}

// comeBack lets the last VEN log in again, once the VTN knows that it is away,
// and returns when it did. It asks for nothing: its presence is enough.
func (d *demo) comeBack(ctx context.Context, w *watch, eventID string) (time.Time, error) {
	away := d.absentee()
	err := w.poll(ctx, "the VTN to find one VEN unreachable", func() (bool, error) {
		e, err := d.operator.GetEvent(ctx, eventID)
		return err == nil && e.VENs.Delivery["unreachable"] == 1, err
	})
	if err != nil {
		return time.Time{}, err
	}
	d.say("%s comes back", away.JID)
	back := time.Now()
	v, err := ven.Dial(ctx, ven.Config{
		JID: away.JID, Password: away.Password, Server: d.ejabberd.ClientAddr, TLS: d.tls(),
		Registration: d.kept,
		OnEvent:      func(e ven.Event) { w.event(away, e) },
		OnAnswer:     func(e ven.Event) { w.answered(away, e) },
	})
	if err != nil {
		return back, err
	}
	err = w.wait(ctx, nil, "the event to reach "+away.JID, func() bool { return len(w.opts) == vens+1 })
	return back, errors.Join(err, v.Close(context.WithoutCancel(ctx)))
}

// event is an hour of SIMPLE level 2, ten minutes from now.
func event() client.EventSpec {
	return client.EventSpec{
		MarketContext: "http://example.org/demo",
		Start:         time.Now().Add(10 * time.Minute).UTC().Truncate(time.Second),
		Duration:      "PT1H",
		Signals:       []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 2}}}},
		Targets:       client.Targets{Groups: []string{group}},
	}
}
