package registry

import (
	"database/sql"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const selectVEN = `SELECT ` + venColumns + `
  FROM ven v LEFT JOIN registration r ON r.ven_no = v.no AND r.ended_at IS NULL `

const venColumns = `v.no, v.ven_id, v.name, v.profile, v.push_url, v.payload_root, v.stanza, v.signatures, v.identified,
       v.route_transport, v.route_identity, v.route_address, v.route_form, v.route_stanza, v.seen_at, v.labels_rev, v.created_at, v.deleted_at,
       r.registration_id, r.profile, r.transport, r.address, r.http_pull, r.report_only, r.xml_signature, r.started_at,
       r.registration_id IS NULL AND EXISTS (SELECT 1 FROM notice n WHERE n.ven_no = v.no AND n.ended_at IS NULL)`

func (t venTx) VEN(venID string) (*core.VEN, error) {
	return t.oneVEN(`WHERE v.ven_id = $1`, []any{venID}, "VEN %.100q", venID)
}

func (t venTx) VENByIdentity(id core.Identity) (*core.VEN, error) {
	return t.oneVEN(`WHERE v.no = (SELECT ven_no FROM identity WHERE transport = $1 AND identity = $2)`,
		[]any{id.Transport, id.Name}, "VEN known as %.100q on %.20q", id.Name, id.Transport)
}

func (t venTx) Senders(ids []core.Identity) (map[core.Identity]*core.VEN, error) {
	var names [][2]string
	for _, id := range ids {
		if storable(id.Name) { // otherwise no VEN has it
			names = append(names, [2]string{id.Transport, id.Name})
		}
	}
	wanted, err := list(names)
	if err != nil {
		return nil, err
	}
	vens := make(map[core.Identity]*core.VEN, len(ids))
	err = t.rows(`SELECT i.transport, i.identity, `+venColumns+`
  FROM `+t.Elements(1)+` AS n CROSS JOIN identity i CROSS JOIN ven v LEFT JOIN registration r ON r.ven_no = v.no AND r.ended_at IS NULL
 WHERE i.transport = n.value ->> 0 AND i.identity = n.value ->> 1 AND v.no = i.ven_no`,
		[]any{wanted}, func(scan func(...any) error) error {
			var id core.Identity
			ven, err := scanVEN(scan, &id.Transport, &id.Name)
			vens[id] = ven
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find the VENs of %d identities: %w", len(ids), err)
	}
	return vens, nil
}

func (t venTx) oneVEN(where string, args []any, format string, what ...any) (*core.VEN, error) {
	vens, err := t.vens(where, args...)
	if err == nil {
		err = t.fill(vens)
	}
	if err == nil && len(vens) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, format, what...)
	}
	return vens[0], nil
}

func (t venTx) VENs(f core.VENFilter, after string, limit int) (vens []*core.VEN, next string, err error) {
	vens, err = t.vens(`WHERE v.ven_id > $1 AND ($2 OR v.deleted_at IS NULL) ORDER BY v.ven_id LIMIT $3`, after, f.Deleted, limit+1)
	p := part{limit: limit}
	for from := 0; err == nil && from < len(vens); {
		some := vens[from:min(from+filledAtOnce, len(vens))]
		if err = t.fill(some); err != nil {
			break
		}
		for _, v := range some {
			if p.full() {
				return vens[:from], vens[from-1].VENID, nil
			}
			p.add(venSize(v))
			from++
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("list VENs: %w", err)
	}
	return vens, "", nil
}

// filledAtOnce is how many VENs of a list are read completely at once. Each may have
// very many labels.
const filledAtOnce = 16

// venSize is the approximate number of bytes stored of a VEN.
func venSize(v *core.VEN) int {
	size := 500
	for _, id := range v.Identities {
		size += len(id.Name) + 20
	}
	for _, l := range v.Labels() {
		size += len(l.Value) + 20
	}
	return size
}

// vens reads the rows of VENs. fill reads the rest.
func (t venTx) vens(where string, args ...any) (vens []*core.VEN, err error) {
	err = t.rows(selectVEN+where, args, func(scan func(...any) error) error {
		v, err := scanVEN(scan)
		vens = append(vens, v)
		return err
	})
	return vens, err
}

// fill reads the rest of VENs, in four statements however many VENs there are.
func (t venTx) fill(vens []*core.VEN) error {
	if len(vens) == 0 {
		return nil
	}
	nos, byNo := make([]int64, len(vens)), make(map[int64]*core.VEN, len(vens))
	for i, v := range vens {
		nos[i], byNo[v.No] = v.No, v
	}
	err := t.rows(`SELECT ven_no, transport, identity FROM identity
  WHERE `+t.InList("ven_no", 1)+` ORDER BY ven_no, transport, identity`,
		[]any{numbers(nos)}, func(scan func(...any) error) error {
			var no int64
			var id core.Identity
			if err := scan(&no, &id.Transport, &id.Name); err != nil {
				return err
			}
			byNo[no].Identities = append(byNo[no].Identities, id)
			return nil
		})
	if err != nil {
		return err
	}
	err = t.rows(`SELECT ven_no, kind, coalesce(spelling, value) FROM label
  WHERE `+t.InList("ven_no", 1)+` ORDER BY ven_no, kind, value`,
		[]any{numbers(nos)}, func(scan func(...any) error) error {
			var no int64
			var l core.Target
			if err := scan(&no, &l.Kind, &l.Value); err != nil {
				return err
			}
			addLabel(byNo[no], l)
			return nil
		})
	if err != nil {
		return err
	}
	if err := t.formerLabels(vens); err != nil {
		return err
	}
	return noticeTx(t).lastNotices(byNo, nos)
}

// scanVEN reads a row of selectVEN, and what is selected besides.
func scanVEN(scan func(...any) error, beside ...any) (*core.VEN, error) {
	var (
		v                              core.VEN
		r                              core.Registration
		form                           string
		id, profile, transport, addr   sql.NullString
		httpPull, reportOnly, xmlSigns sql.NullBool
	)
	err := scan(append(beside, &v.No, &v.VENID, &v.Name, &v.Profile, &v.PushURL, &v.PayloadRoot, &v.Stanza, &v.Signatures, &v.Identified,
		&v.Route.Transport, &v.Route.Identity, &v.Route.Address, &form, &v.Route.Stanza, at(&v.Route.SeenAt), &v.LabelsRev, at(&v.CreatedAt), at(&v.DeletedAt),
		&id, &profile, &transport, &addr, &httpPull, &reportOnly, &xmlSigns, at(&r.StartedAt), &v.Owed)...)
	if err != nil {
		return nil, err
	}
	if v.Route.Form, err = oadr.ParseForm(form); err != nil {
		return nil, err
	}
	if id.Valid {
		r.RegistrationID, r.Profile, r.Transport, r.Address = id.String, profile.String, transport.String, addr.String
		r.HTTPPull, r.ReportOnly, r.XMLSignature = httpPull.Bool, reportOnly.Bool, xmlSigns.Bool
		v.Registration = &r
	}
	return &v, nil
}

// addLabel is the reverse of [core.VEN.Labels].
func addLabel(v *core.VEN, l core.Target) {
	switch l.Kind {
	case core.TargetGroup:
		v.Groups = append(v.Groups, l.Value)
	case core.TargetResource:
		v.Resources = append(v.Resources, l.Value)
	case core.TargetParty:
		v.Parties = append(v.Parties, l.Value)
	case core.TargetMarketContext:
		v.MarketContexts = append(v.MarketContexts, l.Value)
	}
}

func (t venTx) PutVEN(v *core.VEN) error {
	if err := t.putVENRow(v); err != nil {
		return err
	}
	if err := t.putIdentities(v); err != nil {
		return err
	}
	return t.putLabels(v)
}

func (t venTx) putVENRow(v *core.VEN) error {
	v.Identified = v.Identified || len(v.Identities) > 0
	var owner int64
	err := t.row(`SELECT no FROM ven WHERE ven_id = $1`, []any{v.VENID}, &owner)
	if err == nil && owner != v.No {
		return fmt.Errorf("%w: venID %q is taken", core.ErrConflict, v.VENID)
	}
	if err != nil && err != sql.ErrNoRows {
		return fmt.Errorf("store VEN %q: %w", v.VENID, err)
	}
	if v.No != 0 {
		n, err := t.exec(`UPDATE ven SET ven_id = $2, name = $3, profile = $4, payload_root = $5, stanza = $6, labels_rev = $7, identified = identified OR $8, signatures = $9, push_url = $10 WHERE no = $1`,
			v.No, v.VENID, v.Name, v.Profile, v.PayloadRoot, v.Stanza, v.LabelsRev, v.Identified, v.Signatures, v.PushURL)
		return touched(n, err, "VEN %q, number %d", v.VENID, v.No)
	}
	if err := t.number(&v.No); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO ven (no, ven_id, name, profile, payload_root, stanza, labels_rev, identified, created_at, signatures, push_url)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		v.No, v.VENID, v.Name, v.Profile, v.PayloadRoot, v.Stanza, v.LabelsRev, v.Identified, v.CreatedAt.UnixMilli(), v.Signatures, v.PushURL); err != nil {
		return fmt.Errorf("store VEN %q: %w", v.VENID, err)
	}
	return outboxTx(t).newOutbox(v.No)
}

func (t venTx) putIdentities(v *core.VEN) error {
	if _, err := t.exec(`DELETE FROM identity WHERE ven_no = $1`, v.No); err != nil {
		return fmt.Errorf("store the identities of VEN %q: %w", v.VENID, err)
	}
	for _, id := range v.Identities {
		// It is no conflict to name the same identity twice.
		n, err := t.exec(`INSERT INTO identity (transport, identity, ven_no) VALUES ($1, $2, $3)
  ON CONFLICT (transport, identity) DO UPDATE SET ven_no = excluded.ven_no WHERE identity.ven_no = excluded.ven_no`,
			id.Transport, id.Name, v.No)
		if err != nil {
			return fmt.Errorf("store the identities of VEN %q: %w", v.VENID, err)
		}
		if n == 0 {
			return fmt.Errorf("%w: identity %q on %s is another VEN's", core.ErrConflict, id.Name, id.Transport)
		}
	}
	return t.dropStrangersRoutes([]int64{v.No})
}

// putLabels does not touch labels that stay: each has the revision since which the
// VEN has it.
func (t venTx) putLabels(v *core.VEN) error {
	if err := t.changeLabels(v); err != nil {
		return fmt.Errorf("store the labels of VEN %q: %w", v.VENID, err)
	}
	return nil
}

func (t venTx) changeLabels(v *core.VEN) error {
	has := map[core.Target]string{} // its spelling, empty if that is its normal form
	err := t.rows(`SELECT kind, value, coalesce(spelling, '') FROM label WHERE ven_no = $1`, []any{v.No}, func(scan func(...any) error) error {
		var l core.Target
		var spelling string
		err := scan(&l.Kind, &l.Value, &spelling)
		has[l] = spelling
		return err
	})
	if err != nil {
		return err
	}
	var added, respelled, removed [][3]string
	wanted := map[core.Target]bool{}
	for _, l := range v.Labels() {
		key, spelling := l.Key(), ""
		if wanted[key] {
			continue
		}
		wanted[key] = true
		if l != key {
			spelling = l.Value
		}
		row := [3]string{string(key.Kind), key.Value, spelling}
		if is, stays := has[key]; !stays {
			added = append(added, row)
		} else if is != spelling {
			respelled = append(respelled, row)
		}
	}
	for l := range has {
		if !wanted[l] {
			removed = append(removed, [3]string{string(l.Kind), l.Value})
		}
	}
	for _, change := range []struct {
		labels    [][3]string
		statement string
		args      []any
	}{
		{removed, `DELETE FROM label WHERE ven_no = $2 AND ` + t.InPairs("kind, value", 1), []any{v.No}},
		{respelled, `UPDATE label SET spelling = nullif(n.value ->> 2, '') FROM ` + t.Elements(1) + ` AS n
 WHERE label.ven_no = $2 AND label.kind = n.value ->> 0 AND label.value = n.value ->> 1`, []any{v.No}},
		{added, `INSERT INTO label (kind, value, ven_no, rev, spelling)
  SELECT n.value ->> 0, n.value ->> 1, CAST($2 AS BIGINT), CAST($3 AS BIGINT), nullif(n.value ->> 2, '') FROM ` + t.Elements(1) + ` AS n`, []any{v.No, v.LabelsRev}},
	} {
		if len(change.labels) == 0 {
			continue
		}
		labels, err := list(change.labels)
		if err != nil {
			return err
		}
		if _, err := t.exec(change.statement, append([]any{labels}, change.args...)...); err != nil {
			return err
		}
	}
	return nil
}
