package registry_test

import "github.com/vtn-xmpp/vtn-xmpp/core"

func (w venSteps) deleteVEN(v *core.VEN) {
	w.Helper()
	w.change(func(tx core.Tx, _ int64) error { return tx.DeleteVEN(v.No, w.now) })
}

// registered enters a VEN that has registered.
func (w venSteps) registered(venID string, groups ...string) *core.VEN {
	w.Helper()
	v := w.ven(venID, groups...)
	v.Registration = &core.Registration{RegistrationID: "reg-" + venID, Profile: "2.0b", Transport: "xmpp", StartedAt: w.now}
	w.change(func(tx core.Tx, _ int64) error { return tx.Register(v.No, v.Registration) })
	return v
}

// ven enters a VEN whose outbox is open and has nothing due.
func (w venSteps) ven(venID string, groups ...string) *core.VEN {
	w.Helper()
	v := &core.VEN{VENID: venID, Name: "name of " + venID, Identities: []core.Identity{jid(venID)}, Groups: groups, CreatedAt: w.now}
	w.change(func(tx core.Tx, rev int64) error {
		v.LabelsRev = rev
		if err := tx.PutVEN(v); err != nil {
			return err
		}
		return tx.OpenOutbox(v.No, rev, core.OutboxIdle, w.now)
	})
	return v
}

// remove deletes a VEN and all its rows.
func (w venSteps) remove(no int64) {
	w.Helper()
	w.must(w.Exec(ctx, `DELETE FROM ven WHERE no = $1`, no))
}
