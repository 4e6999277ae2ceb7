package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// profileSuites are what all ends of the measurements speak, as the profile has it (rule T1).
var profileSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256}

// vensOnly are suites with which the VTN's ECC certificate is chosen: handshakes are not what is measured.
var vensOnly = profileSuites[:1]

// httpVEN is a VEN of the crowd, as it is passed on to it.
type httpVEN struct {
	DER, Key    []byte
	Fingerprint string
}

// httpVENs makes the certificates of n VENs and writes them to a file.
func (w *world) httpVENs(h *rig.HTTPS, n int) ([]httpVEN, string, error) {
	vens, errs := make([]httpVEN, n), make([]error, n)
	var wg sync.WaitGroup
	for part := range runtime.NumCPU() {
		wg.Go(func() {
			for no := part; no < n; no += runtime.NumCPU() {
				c, err := h.VEN(venID(no))
				if err != nil {
					errs[no] = err
					return
				}
				key, err := x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
				vens[no], errs[no] = httpVEN{c.Certificate[0], key, rig.Fingerprint(c)}, err
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, "", err
		}
	}
	file := filepath.Join(w.folder, "vens")
	f, err := os.Create(file)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	return vens, file, gob.NewEncoder(f).Encode(vens)
}

// readHTTPVENs reads what httpVENs wrote.
func readHTTPVENs(file string) ([]tls.Certificate, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var vens []httpVEN
	if err := gob.NewDecoder(f).Decode(&vens); err != nil {
		return nil, err
	}
	out := make([]tls.Certificate, len(vens))
	for i, v := range vens {
		key, err := x509.ParseECPrivateKey(v.Key)
		if err != nil {
			return nil, err
		}
		out[i] = tls.Certificate{Certificate: [][]byte{v.DER}, PrivateKey: key}
	}
	return out, nil
}

// httpPart is how many VENs are connected to at a time.
const httpPart = 250

// partOf is a group of that many VENs.
func partOf(no int) string { return fmt.Sprintf("part%d", no/httpPart) }

// loopbackOf is the address of a VEN that is pushed to: each has one of its own, so that one listener can tell them apart.
func loopbackOf(no int) string { return fmt.Sprintf("127.%d.%d.%d", 1+no>>16, no>>8&255, no&255) }

// httpStore makes a store with VENs registered over HTTP: by poll, or for pushes to their addresses at a port.
func (w *world) httpStore(ctx context.Context, store string, vens []httpVEN, port int) error {
	reg, err := registry.Open(ctx, store, zerolog.Nop())
	if err != nil {
		return err
	}
	defer reg.Close()
	now := time.Now().UTC()
	return reg.Change(ctx, func(tx core.Tx, rev int64) error {
		for no, ven := range vens {
			v := &core.VEN{
				VENID: venID(no), Profile: oadr.Profile20b, LabelsRev: rev, CreatedAt: now, Groups: []string{"all", partOf(no)},
				Identities: []core.Identity{{Transport: oadr.TransportSimpleHTTP, Name: ven.Fingerprint}},
			}
			if err := tx.PutVEN(v); err != nil {
				return err
			}
			r := &core.Registration{RegistrationID: "reg-" + venID(no), Profile: oadr.Profile20b, Transport: oadr.TransportSimpleHTTP, StartedAt: now, HTTPPull: port == 0}
			how := core.ByPoll
			if port != 0 {
				r.Address, how = fmt.Sprintf("https://%s:%d/", loopbackOf(no), port), core.ByPush
			}
			if err := tx.Register(v.No, r); err != nil {
				return err
			}
			if err := tx.OpenOutbox(v.No, rev, core.OutboxIdle, now); err != nil {
				return err
			}
			if err := tx.Reroute(v.No, core.Route{Transport: r.Transport, Address: r.Address, SeenAt: now}, how); err != nil {
				return err
			}
		}
		return nil
	})
}
