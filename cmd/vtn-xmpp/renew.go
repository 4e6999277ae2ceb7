package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/renewal"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
)

// watchFiles returns what has certificates read anew when their files change, and all of them at SIGHUP. web is nil if HTTP is off.
func (c *serveConfig) watchFiles(web *simplehttp.Transport, log zerolog.Logger, metrics prometheus.Registerer) (run func(context.Context) error, err error) {
	files := renewal.New(log, core.SystemClock{}.Now)
	if web != nil {
		err = c.httpConfig.watch(files, web)
	}
	if c.signer != nil && err == nil {
		err = c.signConfig.watch(files, metrics)
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if files.Empty() {
			<-ctx.Done()
			return nil
		}
		ticks := time.NewTicker(renewal.Every)
		defer ticks.Stop()
		hangUps := make(chan os.Signal, 1)
		signal.Notify(hangUps, syscall.SIGHUP)
		defer signal.Stop(hangUps)
		files.Run(ctx, ticks.C, hangUps)
		return nil
	}, nil
}

// watch watches the files of simpleHttp.
func (c *httpConfig) watch(files *renewal.Watch, web *simplehttp.Transport) error {
	f := renewal.Files{Settings: "VTN_HTTP_CERT_FILE, VTN_HTTP_KEY_FILE", Names: slices.Concat(c.HTTPCertFile, c.HTTPKeyFile)}
	if c.HTTPClientCAFile != "" {
		f.Settings, f.Names = f.Settings+", VTN_HTTP_CLIENT_CA_FILE", append(f.Names, c.HTTPClientCAFile)
	}
	if len(f.Names) == 0 {
		return nil
	}
	f.Use = func() ([]*x509.Certificate, error) {
		var bad problems
		next := *c
		if next.completeCertificates(&bad); len(bad) > 0 {
			return nil, bad.err()
		}
		return leaves(next.certificates...), web.Renew(next.certificates, next.authorities)
	}
	return files.Add(&f)
}

// watch watches the certificate that the VTN signs with.
func (c *signConfig) watch(files *renewal.Watch, metrics prometheus.Registerer) error {
	var expires atomic.Int64
	err := files.Add(&renewal.Files{
		Settings: "VTN_SIGN_CERT_FILE, VTN_SIGN_KEY_FILE", Names: []string{c.SignCertFile, c.SignKeyFile},
		Use: func() ([]*x509.Certificate, error) {
			pair, err := c.readSigning()
			if err != nil {
				return nil, err
			}
			if err := c.signer.Renew(pair); err != nil {
				return nil, fmt.Errorf("VTN_SIGN_CERT_FILE %s: %w", c.SignCertFile, err)
			}
			expires.Store(pair.Leaf.NotAfter.Unix())
			return leaves(pair), nil
		},
	})
	if err != nil {
		return err
	}
	return metrics.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "vtn_signing_certificate_expires_seconds", Help: "When the certificate that the VTN signs with expires, in seconds since 1970.",
	}, func() float64 { return float64(expires.Load()) }))
}

// leaves returns the certificates themselves, without those of their authorities.
func leaves(pairs ...tls.Certificate) (all []*x509.Certificate) {
	for _, p := range pairs {
		all = append(all, p.Leaf)
	}
	return all
}
