package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/console"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/notify"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/people"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

type serveCommand struct{ serveConfig }

func (*serveCommand) Help() string {
	return `SIGTERM and SIGINT stop it in order: it takes no more work and finishes what is in flight. A second signal stops it at once.

Certificate, key and CA files are read anew soon after they change, without a restart; SIGHUP has them read at once.

Examples:

  VTN_XMPP_SECRET_FILE=secret vtn-xmpp serve --xmpp-domain vtn.example.org
  VTN_XMPP_SECRET_FILE=secret vtn-xmpp serve --http-listen :8443 --http-cert-file vtn-rsa.crt,vtn-ecc.crt --http-key-file vtn-rsa.key,vtn-ecc.key --http-client-ca-file ven-ca.pem
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

// untilSignal returns a context that ends at the first SIGTERM or SIGINT. The second
// ends the process.
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

// serve runs until ctx ends or a part fails. The parts stop from the outside in:
// the API, the transport, core, the store.
func (c *serveCommand) serve(ctx context.Context, log zerolog.Logger) (err error) {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	reg, err := registry.Open(ctx, c.Store, log, registry.Metrics(metrics), registry.Alone())
	if err != nil {
		return fmt.Errorf("VTN_STORE: %w", err)
	}
	defer func() { err = errors.Join(err, reg.Close()) }()
	shared, err := reg.Shared(ctx)
	if err != nil {
		return fmt.Errorf("VTN_STORE: %w", err)
	}
	if c.WebhookURL != "" && !c.asksWebhook() {
		log.Warn().Str("registration", c.Registration).Msg("VTN_WEBHOOK_URL is set but not used: only VTN_REGISTRATION=webhook uses it")
	}
	vtn := core.New(c.coreConfig(metrics), reg, core.SystemClock{}, log, metrics)
	budget := lane.NewShares(c.Work, core.SystemClock{})
	component := xmpp.New(c.xmppConfig(shared, budget, log, metrics), vtn)
	vtn.AddTransport(component)
	web, err := c.httpTransport(vtn, budget, log, metrics)
	if err != nil {
		return err
	}
	ready := []api.Part{c.connected(component), writable(reg, log)}
	files, err := c.watchFiles(web, log, metrics)
	if err != nil {
		return err
	}
	parts := []part{{"files", files}, {"core", vtn.Run}, {"xmpp", component.Run}}
	if web != nil {
		vtn.AddTransport(web)
		ready = append(ready, listening(web))
		parts = append(parts, part{"http", web.Run})
	}
	users := people.New(reg.People(), core.SystemClock{})
	notifier := c.notifier(vtn, log, metrics)
	server := api.New(api.Config{
		Token:       c.token,
		People:      users,
		Pages:       pages(log),
		Version:     version(),
		Normalize:   normalize,
		Ready:       ready,
		TestWebhook: notifier.Test,
		Metrics:     metrics,
		Log:         log,
	}, vtn)
	listener, err := net.Listen("tcp", c.APIListen)
	if err != nil {
		return fmt.Errorf("VTN_API_LISTEN: %w", err)
	}
	log.Info().Str("version", version()).Str("vtnID", c.ID).Str("api", "http://"+listener.Addr().String()).
		Str("registration", c.Registration).Msg("vtn-xmpp runs")
	err = runParts(ctx, append(parts, part{"notify", notifier.Run}, c.retiring(users, log), part{"api", func(ctx context.Context) error { return server.Serve(ctx, listener) }})...)
	log.Info().Msg("vtn-xmpp ends")
	return err
}

// notifier sends what happens to webhooks.
func (c *serveCommand) notifier(vtn *core.VTN, log zerolog.Logger, metrics prometheus.Registerer) *notify.Notifier {
	return notify.New(notify.Config{Private: c.NotifyPrivate, Version: version(), Clock: core.SystemClock{}, Log: log, Metrics: metrics}, vtn)
}

// pages makes the console.
func pages(log zerolog.Logger) func(api http.Handler) http.Handler {
	return func(api http.Handler) http.Handler {
		return console.New(api, version(), core.SystemClock{}.Now, log)
	}
}

// retiring is the part that deletes what has ended of sessions, tokens and the audit log.
func (c *serveCommand) retiring(users *people.People, log zerolog.Logger) part {
	return part{"people", func(ctx context.Context) error {
		return users.Run(ctx, time.Duration(c.Retention), func(err error) {
			log.Warn().Err(err).Msg("sessions, tokens and records of the audit log that have ended were not deleted; it is tried again in an hour")
		})
	}}
}

func (c *serveCommand) asksWebhook() bool {
	return core.RegistrationMode(c.Registration) == core.RegistrationWebhook
}

func (c *serveCommand) coreConfig(metrics prometheus.Registerer) core.Config {
	cfg := core.Config{
		VTNID:          c.ID,
		Registration:   core.RegistrationMode(c.Registration),
		StrangersError: c.Strangers == "error",
		InFlight:       c.InFlight,
		MaxPayload:     c.MaxPayload,
		Retention:      time.Duration(c.Retention),
		Journal:        c.Journal,
		Quotas:         c.Quota.Quotas,
		Encoder:        c.codec(false),
		Signatures:     core.SignatureMode(c.Signatures),
	}
	if c.asksWebhook() {
		cfg.Admission = webhook.New(webhook.Config{
			URL: c.WebhookURL, Secret: c.webhookSecret, Version: version(), Clock: core.SystemClock{}, Metrics: metrics,
		})
	}
	return cfg
}

// xmppConfig configures the component. shared says which store it is, so that
// processes that share one can share the component's domain.
func (c *serveCommand) xmppConfig(shared string, budget *lane.Budget, log zerolog.Logger, metrics prometheus.Registerer) xmpp.Config {
	return xmpp.Config{
		Server:       c.XMPPServer,
		Domain:       c.XMPPDomain,
		Secret:       c.secret,
		VTNID:        c.ID,
		AllowDomains: c.XMPPAllowDomains,
		Limits:       oadr.Limits{Size: c.MaxPayload, Depth: oadr.DefaultLimits.Depth},
		Codec:        c.codec(true),
		Rate:         c.Rate,
		Connections:  c.XMPPConnections,
		Store:        shared,
		Version:      version(),
		Logger:       log,
		Budget:       budget,
		Metrics:      metrics,
	}
}
