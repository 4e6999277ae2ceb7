package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	_ "modernc.org/sqlite" // the store's own driver

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func venID(no int) string { return fmt.Sprintf("v%08d", no) }

// group names the first n VENs.
func group(n int) string { return fmt.Sprintf("n%05d", n) }

// seed fills a store with n registered VENs that were heard from at the
// addresses of the crowd's clients. The first of them are in the groups of the
// fan-outs' sizes. With reports, each has a request for its telemetry.
func seed(ctx context.Context, path, domain string, n int, sizes []int, reports bool) error {
	reg, err := registry.Open(ctx, "sqlite:"+path, zerolog.Nop())
	if err != nil {
		return err
	}
	err = seedVENs(ctx, reg, domain, n, sizes, reports)
	if err := errors.Join(err, reg.Close()); err != nil {
		return err
	}
	// Routes one by one would take the time of as many transactions.
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `UPDATE ven SET route_transport = 'xmpp', route_form = $1, seen_at = created_at,
  route_identity = (SELECT identity FROM identity WHERE ven_no = ven.no), route_address = (SELECT identity FROM identity WHERE ven_no = ven.no) || $2`,
		oadr.Form{}.String(), "/"+resource)
	return errors.Join(err, db.Close())
}

func seedVENs(ctx context.Context, reg core.Registry, domain string, n int, sizes []int, reports bool) error {
	const batch = 5000
	now := time.Now().UTC()
	for first := 0; first < n; first += batch {
		err := reg.Change(ctx, func(tx core.Tx, rev int64) error {
			for no := first; no < min(first+batch, n); no++ {
				v := &core.VEN{
					VENID: venID(no), Profile: oadr.Profile20b, LabelsRev: rev, CreatedAt: now,
					Identities: []core.Identity{{Transport: oadr.TransportXMPP, Name: user(no) + "@" + domain}},
				}
				for _, size := range sizes {
					if no < size {
						v.Groups = append(v.Groups, group(size))
					}
				}
				if err := tx.PutVEN(v); err != nil {
					return err
				}
				r := &core.Registration{RegistrationID: "reg-" + venID(no), Profile: oadr.Profile20b, Transport: oadr.TransportXMPP, StartedAt: now}
				if err := tx.Register(v.No, r); err != nil {
					return err
				}
				if err := tx.OpenOutbox(v.No, rev, core.OutboxIdle, now); err != nil {
					return err
				}
				if !reports {
					continue
				}
				if err := seedReport(tx, v, no, rev, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seedReport lets a VEN have registered its report and agreed to a request for it.
func seedReport(tx core.Tx, v *core.VEN, no int, rev int64, now time.Time) error {
	offer := core.ReportOffer{SpecifierID: specifierID, Name: oadr.ReportTelemetryUsage, CreatedAt: now, RegisteredAt: now, Points: descriptions()}
	if err := tx.PutOffers(v.No, []core.ReportOffer{offer}, now); err != nil {
		return err
	}
	r := &core.ReportRequest{ReportRequestID: reportRequestID(no), OrderID: "order", VENNo: v.No, SpecifierID: specifierID, ReportName: oadr.ReportTelemetryUsage,
		Granularity: time.Minute, ReportBack: time.Minute, State: core.ReportActive, Rev: rev, CreatedAt: now, CreatedBy: "bench", ToldAt: now}
	for _, p := range points {
		r.RIDs = append(r.RIDs, p.rID)
	}
	return tx.PutReportRequests([]*core.ReportRequest{r})
}
