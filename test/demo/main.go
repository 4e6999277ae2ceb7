// Command demo shows the main job on real parts: an ejabberd, a VTN beside it, ten
// simulated VENs that register, and one event that reaches them. Eight speak XMPP, one
// polls over HTTPS, and one is pushed to over HTTPS. An eleventh is away when the event is
// created and gets it when it comes back. It ends with status 0 only if every line of its
// table is as it should be.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

const (
	vens    = 10 // that are there
	overX   = 8  // of them that speak XMPP, the first; one of these opts out
	poller  = 8  // index of the one that polls over HTTPS
	pushee  = 9  // index of the one that is pushed to over HTTPS
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
	https    *rig.HTTPS // certificates
	url      string     // of the VTN over HTTPS
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
	ended := d.start(fleetCtx, w)
	if err := w.wait(ctx, ended, "all VENs to register", func() bool { return len(w.ids) == vens }); err != nil {
		return err
	}
	d.say("%d VENs are registered over XMPP, 1 polls over HTTPS, 1 is pushed to over HTTPS, 1 more is registered and away", overX)

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

// start starts the VENs that are there: a fleet for each way to speak with the VTN. What it
// returns is sent to when all have ended.
func (d *demo) start(ctx context.Context, w *watch) <-chan error {
	common := fleet.Options{OnRegistered: w.registered, OnEvent: w.event, OnAnswer: w.answered}
	xmpp, pull, push := common, common, common
	xmpp.Accounts, xmpp.Server, xmpp.TLS, xmpp.OptOut = d.accounts[:overX], d.ejabberd.ClientAddr, d.tls(), 1.0/overX
	pull.Accounts, pull.HTTP = d.accounts[poller:pushee], &ven.HTTP{URL: d.url}
	push.Accounts, push.HTTP = d.accounts[pushee:vens], &ven.HTTP{URL: d.url, Listen: "127.0.0.1:0"}
	pull.TLS, push.TLS = d.https.Client(tls.Certificate{}), d.https.Client(tls.Certificate{})
	ended := make(chan error, 1)
	var running sync.WaitGroup
	errs := make([]error, 3)
	for i, o := range []fleet.Options{xmpp, pull, push} {
		running.Go(func() { _, errs[i] = fleet.Run(ctx, o) })
	}
	go func() {
		running.Wait()
		ended <- errors.Join(errs...)
	}()
	return ended
}

// servers starts ejabberd and the VTN.
func (d *demo) servers(ctx context.Context) (err error) {
	d.say("starting ejabberd")
	if d.ejabberd, err = rig.StartEjabberd(ctx, rig.EjabberdOptions{}); err != nil {
		return err
	}
	if d.https, err = rig.NewHTTPS(ctx); err != nil {
		return err
	}
	d.say("building and starting vtn-xmpp")
	binary, err := rig.Build(ctx)
	if err != nil {
		return err
	}
	vtn, err := rig.StartVTN(ctx, rig.VTNOptions{
		Binary: binary, Server: d.ejabberd.ComponentAddr, Domain: vtnHost, Secret: d.ejabberd.Secret,
		HTTPS: d.https, Env: []string{"VTN_HTTP_POLL=PT1S", "VTN_HTTP_PUSH_PRIVATE=true"},
	})
	if err != nil {
		return err
	}
	d.operator, d.url = client.New(vtn.APIURL, ""), "https://"+vtn.HTTPAddr+"/"
	return nil
}

// enter makes the VENs' accounts and certificates, and enters them with the VTN.
func (d *demo) enter(ctx context.Context) error {
	var accounts []rig.Account
	for i := range vens + 1 {
		venID := fmt.Sprintf("ven%02d", i+1)
		a, identity := fleet.Account{JID: venID + "@" + d.ejabberd.Domain, Password: "demo-" + venID}, client.Identity{}
		if i == poller || i == pushee {
			c, err := d.https.VEN(venID)
			if err != nil {
				return err
			}
			a = fleet.Account{Name: rig.Fingerprint(c), Certificate: &c}
			identity = client.Identity{Transport: "simpleHttp", Identity: a.Name}
		} else {
			accounts = append(accounts, rig.Account{User: venID, Password: a.Password, SeenBy: []string{vtnHost}})
			identity = client.Identity{Transport: "xmpp", Identity: a.JID}
		}
		d.accounts = append(d.accounts, a)
		if _, err := d.operator.AddVEN(ctx, client.VENSpec{VENID: venID, Groups: []string{group}, Identities: []client.Identity{identity}}); err != nil {
			return err
		}
	}
	d.say("making %d accounts and %d certificates", len(accounts), vens+1-len(accounts))
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
