package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

type serveCommand struct{ serveConfig }

func (*serveCommand) Help() string {
	return `SIGTERM and SIGINT end it in order: no more work is taken, what is in flight finishes. A second one ends it at once.

Examples:

  VTN_XMPP_SECRET_FILE=secret vtn-xmpp serve --xmpp-domain vtn.example.org
  VTN_CONFIG=/etc/vtn-xmpp.yaml vtn-xmpp serve`
}

func (c *serveCommand) Run(ctx context.Context, s *settings) error {
	if err := c.complete(s); err != nil {
		return err
	}
	log := c.log()
	ctx, stop := untilSignal(ctx, log)
	defer stop()
	return c.serve(ctx, log)
}

// untilSignal ends with the first signal to stop; the second ends the process.
func untilSignal(ctx context.Context, log zerolog.Logger) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		select {
		case s := <-signals:
			log.Info().Stringer("signal", s).Msg("stopping; a second signal ends it at once")
			stop()
		case <-ctx.Done():
			return
		}
		<-signals
		os.Exit(1)
	}()
	return ctx, stop
}

// serve runs until ctx ends or a part fails. The parts stop from the outside
// in: the API, the transport, the core, the store.
func (c *serveCommand) serve(ctx context.Context, log zerolog.Logger) (err error) {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	reg, err := registry.Open(ctx, c.Store, log, registry.Metrics(metrics), registry.Alone())
	if err != nil {
		return fmt.Errorf("VTN_STORE: %w", err)
	}
	defer func() { err = errors.Join(err, reg.Close()) }()

	var admission core.Admission
	switch mode := core.RegistrationMode(c.Registration); {
	case mode == core.RegistrationWebhook:
		admission = webhook.New(webhook.Config{
			URL: c.WebhookURL, Secret: c.webhookSecret, Version: version(), Clock: core.SystemClock{}, Metrics: metrics,
		})
	case c.WebhookURL != "":
		log.Warn().Str("registration", c.Registration).Msg("VTN_WEBHOOK_URL is set and nobody is asked there: that is what VTN_REGISTRATION=webhook does")
	}
	vtn := core.New(core.Config{
		VTNID:          c.ID,
		Registration:   core.RegistrationMode(c.Registration),
		Admission:      admission,
		StrangersError: c.Strangers == "error",
		InFlight:       c.InFlight,
		MaxPayload:     c.MaxPayload,
		Retention:      time.Duration(c.Retention),
		Quotas:         c.Quota.Quotas,
	}, reg, core.SystemClock{}, log, metrics)
	shared, err := reg.Shared(ctx)
	if err != nil {
		return fmt.Errorf("VTN_STORE: %w", err)
	}
	component := xmpp.New(xmpp.Config{
		Server:       c.XMPPServer,
		Domain:       c.XMPPDomain,
		Secret:       c.secret,
		VTNID:        c.ID,
		AllowDomains: c.XMPPAllowDomains,
		Limits:       oadr.Limits{Size: c.MaxPayload, Depth: oadr.DefaultLimits.Depth},
		Rate:         c.Rate,
		Connections:  c.XMPPConnections,
		Store:        shared,
		Version:      version(),
		Logger:       log,
		Metrics:      metrics,
	}, vtn)
	vtn.AddTransport(component)
	server := api.New(api.Config{
		Token:     c.token,
		Version:   version(),
		Normalize: normalize,
		Ready:     []api.Part{c.connected(component), writable(reg, log)},
		Metrics:   metrics,
		Log:       log,
	}, vtn)
	listener, err := net.Listen("tcp", c.APIListen)
	if err != nil {
		return fmt.Errorf("VTN_API_LISTEN: %w", err)
	}
	log.Info().Str("version", version()).Str("vtnID", c.ID).Str("api", "http://"+listener.Addr().String()).
		Str("registration", c.Registration).Msg("vtn-xmpp runs")

	parts := []*part{
		begin(ctx, "core", vtn.Run),
		begin(ctx, "xmpp", component.Run),
		begin(ctx, "api", func(ctx context.Context) error { return server.Serve(ctx, listener) }),
	}
	select {
	case <-ctx.Done():
	case <-parts[0].done:
	case <-parts[1].done:
	case <-parts[2].done:
	}
	for i := len(parts) - 1; i >= 0; i-- {
		err = errors.Join(err, parts[i].end())
	}
	log.Info().Msg("vtn-xmpp ends")
	return err
}

// part is something that runs until it is told to end.
type part struct {
	stop context.CancelFunc
	done chan struct{}
	err  error
}

// begin starts a part. It outlives ctx, so that parts end one after another.
func begin(ctx context.Context, name string, run func(context.Context) error) *part {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &part{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if err := run(ctx); err != nil {
			p.err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	return p
}

func (p *part) end() error {
	p.stop()
	<-p.done
	return p.err
}

// connected is ready while the XMPP server has the component, on one connection
// at least.
func (c *serveCommand) connected(component *xmpp.Component) api.Part {
	p := api.Part{Name: "xmpp", Check: func(context.Context) error {
		if component.Ready() {
			return nil
		}
		return errors.New("is not connected to the XMPP server: see that it runs, and VTN_XMPP_SERVER; the log says more")
	}}
	if c.XMPPConnections > 1 {
		p.Note = func() string {
			standing, wanted := component.Connections()
			return fmt.Sprintf("%d of %d connections stand", standing, wanted)
		}
	}
	return p
}

// writable is ready while the store can be written. What exactly is wrong may
// name hosts and users, so it goes to the log.
func writable(reg core.Registry, log zerolog.Logger) api.Part {
	return api.Part{Name: "store", Check: func(ctx context.Context) error {
		var words registry.Trouble
		switch err := reg.Ping(ctx); {
		case errors.As(err, &words):
			log.Debug().Err(err).Msg("the store cannot be used")
			return words
		case err != nil:
			log.Debug().Err(err).Msg("the store cannot be written")
			return errors.New("cannot be written: see VTN_STORE, free space and permissions; the log says more")
		}
		return nil
	}}
}
