package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// AddVEN enters a VEN before it registers (rule N4). Without a venID it gets one. The
// error is [ErrConflict] if the venID or an identity is taken.
func (d *Directory) AddVEN(ctx context.Context, ven VEN) (*VEN, error) {
	if ven.VENID == "" {
		ven.VENID = newID("ven-", 10)
	}
	if ven.Profile == "" {
		ven.Profile = oadr.Profile20b
	}
	if reason := label.CheckName(ven.VENID); reason != "" {
		return nil, &InvalidError{[]Problem{{Field: "venID", Reason: reason}}}
	}
	if err := errors.Join(checkVEN(&ven), d.canSign(&ven), d.checkPush(&ven)); err != nil {
		return nil, err
	}
	ven.CreatedAt = d.clock.Now()
	err := d.reg.Change(ctx, func(tx Tx, rev int64) error {
		ven.No, ven.LabelsRev = 0, rev
		if err := d.makeWay(tx, &ven, ven.CreatedAt); err != nil {
			return err
		}
		if err := tx.PutVEN(&ven); err != nil {
			return err
		}
		tx.Note(JournalEntry{At: ven.CreatedAt, Kind: JournalVEN, What: "entered", VENID: ven.VENID})
		ven.Registration = nil
		if err := d.enrol(tx, &ven, rev, ven.CreatedAt); err != nil {
			return err
		}
		return d.room.checkRoom(tx, 0, ven.No, ven.CreatedAt, "groups")
	})
	if err != nil {
		return nil, err
	}
	d.log.Info().Str("venID", ven.VENID).Msg("VEN entered")
	d.enrolled(&ven)
	return &ven, nil
}

// ModifyVEN changes a VEN. It is told of events that target it from now on; those that no
// longer target it are cancelled for it (rules E1, E23).
func (d *Directory) ModifyVEN(ctx context.Context, venID string, change func(*VEN) error) (*VEN, error) {
	now := d.clock.Now()
	// The new VEN may be large, so it is made and checked before the transaction, which
	// others wait for. In the transaction the VEN must still be as it was.
	var ven, before *VEN
	err := errMeanwhile
	for try := 0; try < modifyTries && errors.Is(err, errMeanwhile); try++ {
		if ven, before, err = d.changed(ctx, venID, change); err != nil {
			return nil, err
		}
		err = d.reg.Change(ctx, func(tx Tx, rev int64) error {
			is, err := tx.VEN(venID)
			if err != nil {
				return err
			}
			if !is.entered().same(before.entered()) {
				return errMeanwhile
			}
			ven.Registration, ven.Owed, ven.LastNotice, ven.Route, ven.Identified = is.Registration, is.Owed, is.LastNotice, is.Route, is.Identified
			return d.modify(tx, ven, before, rev, now)
		})
	}
	switch {
	case errors.Is(err, errMeanwhile):
		return nil, fmt.Errorf("%w: VEN %s is changed by others again and again; try again", ErrConflict, venID)
	case err != nil:
		return nil, err
	}
	d.log.Info().Str("venID", venID).Msg("VEN changed")
	d.renamed(ven, before.Identities)
	if ven.Registration != nil && (before.Registration == nil || *ven.Registration != *before.Registration) {
		d.enrolled(ven)
	}
	return ven, nil
}

// modifyTries is how often a change is tried again after another change of the VEN.
const modifyTries = 10

// errMeanwhile means that somebody else changed the VEN.
var errMeanwhile = errors.New("it was changed meanwhile")

// changed returns a VEN as a change makes it, checked, and as it was before.
func (d *Directory) changed(ctx context.Context, venID string, change func(*VEN) error) (ven, before *VEN, err error) {
	err = d.reg.View(ctx, func(r Reader) error {
		before, err = r.VEN(venID)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if !before.DeletedAt.IsZero() {
		return nil, nil, fmt.Errorf("%w: VEN %s was deleted at %s; enter it again", ErrConflict, venID, oadr.FormatTime(before.DeletedAt))
	}
	whole := *before
	ven = &whole
	ven.Identities = slices.Clone(before.Identities)
	for _, labels := range []*[]string{&ven.Groups, &ven.Resources, &ven.Parties, &ven.MarketContexts} {
		*labels = slices.Clone(*labels)
	}
	if err := change(ven); err != nil {
		return nil, nil, err
	}
	if ven.VENID != venID {
		return nil, nil, &InvalidError{[]Problem{{Field: "venID", Reason: "cannot be changed; enter a new VEN"}}}
	}
	return ven, before, errors.Join(checkVEN(ven), d.canSign(ven), d.checkPush(ven))
}

// modify stores a changed VEN.
func (d *Directory) modify(tx Tx, ven, before *VEN, rev int64, now time.Time) error {
	tx.Note(JournalEntry{At: now, Kind: JournalVEN, What: "modified", VENID: ven.VENID})
	if err := d.makeWay(tx, ven, now); err != nil {
		return err
	}
	if before.reachedAs(ven) {
		if err := tx.PutVEN(ven); err != nil {
			return err
		}
		return d.enrol(tx, ven, rev, now)
	}
	if err := tx.LeavePast(ven, now); err != nil {
		return err
	}
	if err := d.relabel(tx, ven, rev, now); err != nil {
		return err
	}
	return d.enrol(tx, ven, rev, now)
}

// entered is the part of a VEN that an operator enters.
type entered struct {
	no                                          int64
	name, profile, pushURL, payloadRoot, stanza string

	signatures SignatureMode
	deleted    bool
	identities []Identity
	labels     []Target
}

func (v *VEN) entered() entered {
	return entered{v.No, v.Name, v.Profile, v.PushURL, v.PayloadRoot, v.Stanza, v.Signatures, !v.DeletedAt.IsZero(), v.Identities, v.Labels()}
}

func (e entered) same(other entered) bool {
	return e.no == other.no && e.name == other.name && e.profile == other.profile && e.pushURL == other.pushURL && e.payloadRoot == other.payloadRoot && e.stanza == other.stanza && e.signatures == other.signatures &&
		e.deleted == other.deleted && slices.Equal(e.identities, other.identities) && slices.Equal(e.labels, other.labels)
}

// renamed follows a change of identities: addresses of former identities are forgotten,
// and clients of new ones are looked for, since they may be online already.
func (d *Directory) renamed(ven *VEN, was []Identity) {
	order := func(a, b Identity) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Name, b.Name))
	}
	if slices.Equal(slices.SortedFunc(slices.Values(was), order), slices.SortedFunc(slices.Values(ven.Identities), order)) {
		return
	}
	d.delivery.keep(ven.No, ven.Identities)
	d.evict(was, ven.Identities)
	if !ven.minded() {
		return
	}
	for _, id := range ven.Identities {
		if d.transports[id.Transport] != nil {
			d.delivery.lookFor(search{id.Transport, id.Name})
		}
	}
}

// evict closes the connections of identities that a VEN does not have any more (rule T9).
// They may belong to another VEN already, whose connections are made again soon.
func (d *Directory) evict(was, are []Identity) {
	for _, id := range was {
		if t, ok := d.transports[id.Transport].(Evicting); ok && !slices.Contains(are, id) {
			t.Evict(id.Name)
		}
	}
}

func eventByNo(tx EventReader, no int64) (*Event, error) {
	events, err := tx.EventsByNo([]int64{no})
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, fmt.Errorf("event no %d: %w", no, ErrNotFound)
	}
	return events[0], nil
}

// VEN finds a VEN. Its Route.SeenAt is when it was last heard.
func (d *Directory) VEN(ctx context.Context, venID string) (ven *VEN, err error) {
	err = d.reg.Browse(ctx, func(r Reader) error {
		if ven, err = r.VEN(venID); err != nil {
			return err
		}
		omitted, err := r.Omitted([]int64{ven.No})
		ven.LeftOut = omitted[ven.No]
		return err
	})
	if err == nil {
		d.seen(ven)
	}
	return ven, err
}

// VENs lists VENs by venID. after is the next of an earlier call, empty for the
// start; next is empty at the end.
func (d *Directory) VENs(ctx context.Context, f VENFilter, after string, limit int) (vens []*VEN, next string, err error) {
	err = d.reg.Browse(ctx, func(r Reader) error {
		vens, next, err = r.VENs(f, after, limit)
		return err
	})
	for _, ven := range vens {
		d.seen(ven)
	}
	return vens, next, err
}

// seen sets Route.SeenAt to what this process knows, if that is later.
func (d *Directory) seen(ven *VEN) {
	if _, at := d.delivery.state(ven.No); at.After(ven.Route.SeenAt) {
		ven.Route.SeenAt = at
	}
}

// Presence returns what is known of the presence of a VEN.
func (d *Directory) Presence(ven *VEN) Presence {
	p, _ := d.delivery.state(ven.No)
	return p
}

// maxProblems bounds the problems that are told of one input.
const maxProblems = 100

// checkVEN finds what is wrong with a VEN that an operator entered.
func checkVEN(v *VEN) error {
	var p []Problem
	bad := func(field, reason string) {
		if len(p) < maxProblems {
			p = append(p, Problem{Field: field, Reason: reason})
		}
	}
	if reason := label.Check(v.VENID); reason != "" {
		bad("venID", reason)
	}
	if reason := label.CheckText(v.Name, label.MaxSize); reason != "" {
		bad("venName", reason)
	}
	checkProfile(v, bad)
	if _, err := oadr.ParseForm(v.PayloadRoot); err != nil {
		bad("payloadRoot", err.Error())
	}
	if err := v.Signatures.Check(); err != nil {
		bad("signatures", err.Error())
	}
	identities := map[Identity]bool{}
	for i, id := range v.Identities {
		if id.Transport == "" {
			bad(fmt.Sprintf("identities[%d].transport", i), "is missing; name the transport that the identity belongs to")
		}
		if reason := label.Check(id.Name); reason != "" {
			bad(fmt.Sprintf("identities[%d].identity", i), reason)
		}
		if identities[id] {
			bad(fmt.Sprintf("identities[%d].identity", i), "stands there twice")
		}
		identities[id] = true
	}
	for _, l := range []struct {
		field  string
		kind   TargetKind
		values []string
	}{{"groups", TargetGroup, v.Groups}, {"resources", TargetResource, v.Resources}, {"parties", TargetParty, v.Parties}, {"marketContexts", TargetMarketContext, v.MarketContexts}} {
		seen := make(map[Target]string, len(l.values))
		for i, value := range l.values {
			if reason := label.Check(value); reason != "" {
				bad(fmt.Sprintf("%s[%d]", l.field, i), reason)
			}
			key := Target{l.kind, value}.Key()
			switch other, is := seen[key]; {
			case is && other == value:
				bad(fmt.Sprintf("%s[%d]", l.field, i), "stands there twice")
			case is:
				bad(fmt.Sprintf("%s[%d]", l.field, i), fmt.Sprintf("is %q in another spelling; leave one of them out", excerpt.Of(other)))
			}
			seen[key] = value
		}
	}
	if p != nil {
		return &InvalidError{p}
	}
	return nil
}
