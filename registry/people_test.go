package registry_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

func TestUsers(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		p, ctx := w.People(), t.Context()
		if any, err := p.AnyUser(ctx); any || err != nil {
			t.Errorf("an empty store: %v, %v", any, err)
		}
		add := func(name string, role people.Role) people.User {
			u := people.User{Name: name, Role: role, Password: "hash of " + name, CreatedAt: w.now, CreatedBy: "token", ChangedAt: w.now}
			if err := p.AddUser(ctx, u); err != nil {
				t.Fatal(err)
			}
			return u
		}
		if err := p.AddUser(ctx, people.User{Name: "eve", Role: people.Viewer, CreatedAt: w.now, ChangedAt: w.now}); !errors.Is(err, core.ErrConflict) {
			t.Errorf("a viewer is the first: %v", err)
		}
		ada, bob := add("ada", people.Administrator), add("bob", people.Viewer)
		if err := p.AddUser(ctx, bob); !errors.Is(err, core.ErrConflict) {
			t.Errorf("the same name again: %v", err)
		}
		if any, err := p.AnyUser(ctx); !any || err != nil {
			t.Errorf("with users: %v, %v", any, err)
		}
		if got, more, err := p.Users(ctx, "", 1); err != nil || !more || !reflect.DeepEqual(got, []people.User{ada}) {
			t.Errorf("the first page: %+v, %v, %v", got, more, err)
		}
		if got, more, err := p.Users(ctx, "ada", 1); err != nil || more || !reflect.DeepEqual(got, []people.User{bob}) {
			t.Errorf("the second page: %+v, %v, %v", got, more, err)
		}
		for _, name := range []string{"eve", "a\x00"} {
			if _, err := p.User(ctx, name); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("%q: %v", name, err)
			}
		}
		as := func(r people.Role) func(*people.User) (bool, error) {
			return func(u *people.User) (bool, error) { u.Role = r; return false, nil }
		}
		if _, err := p.ChangeUser(ctx, "ada", as(people.Viewer)); !errors.Is(err, core.ErrConflict) {
			t.Errorf("the last administrator is demoted: %v", err)
		}
		if err := p.DeleteUser(ctx, "ada"); !errors.Is(err, core.ErrConflict) {
			t.Errorf("the last administrator is deleted: %v", err)
		}
		if u, err := p.ChangeUser(ctx, "bob", as(people.Administrator)); err != nil || u.Role != people.Administrator {
			t.Errorf("bob: %+v, %v", u, err)
		}
		for _, name := range []string{"ada", "bob"} { // of the very last one no others are left
			if err := p.DeleteUser(ctx, name); err != nil {
				t.Error(err)
			}
		}
		if err := p.DeleteUser(ctx, "bob"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("bob again: %v", err)
		}
	})
}

func TestUserKeys(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		p, ctx := w.People(), t.Context()
		u := people.User{Name: "ada", Role: people.Administrator, CreatedAt: w.now, ChangedAt: w.now}
		if err := p.AddUser(ctx, u); err != nil {
			t.Fatal(err)
		}
		key := func(n int, kind people.KeyKind) people.Key {
			return people.Key{ID: fmt.Sprint("id", n), Hash: fmt.Sprint(kind, n), User: "ada", Kind: kind, Label: "a label", Role: people.Viewer,
				CreatedAt: w.now.Add(time.Duration(n) * time.Second), ExpiresAt: w.now.Add(time.Hour), UsedAt: w.now.Add(time.Duration(n) * time.Second)}
		}
		for n := range people.MaxKeys + 1 {
			if err := p.AddKey(ctx, key(n, people.Session)); err != nil {
				t.Fatal(err)
			}
		}
		keys, err := p.Keys(ctx, "ada")
		if err != nil || len(keys) != people.MaxKeys || !reflect.DeepEqual(keys[0], key(people.MaxKeys, people.Session)) || keys[people.MaxKeys-1].ID != "id1" {
			t.Errorf("%d sessions, %v", len(keys), err)
		}
		forever := people.Key{ID: "t", Hash: "token", User: "ada", Kind: people.Bearer, Label: "a program", Role: people.Operator, CreatedAt: w.now}
		if err := p.AddKey(ctx, forever); err != nil {
			t.Fatal(err)
		}
		if k, of, err := p.Key(ctx, "token"); err != nil || !reflect.DeepEqual(*k, forever) || !reflect.DeepEqual(*of, u) {
			t.Errorf("%+v, %+v, %v", k, of, err)
		}
		if err := p.UseKey(ctx, "token", w.now.Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if k, _, err := p.Key(ctx, "token"); err != nil || !k.UsedAt.Equal(w.now.Add(time.Minute)) {
			t.Errorf("%+v, %v", k, err)
		}
		keysEnd(t, w, p, forever, key(1, people.Session))
	})
}

// keysEnd has the sessions of ada end, who has a token that does not, and then ada.
func keysEnd(t *testing.T, w *world, p people.Store, forever, session people.Key) {
	ctx := t.Context()
	if _, err := p.ChangeUser(ctx, "ada", func(*people.User) (bool, error) { return true, nil }); err != nil {
		t.Error(err)
	}
	if keys, err := p.Keys(ctx, "ada"); err != nil || len(keys) != 1 {
		t.Errorf("after the sessions were ended: %+v, %v", keys, err)
	}
	if err := p.AddKey(ctx, session); err != nil {
		t.Fatal(err)
	}
	if err := p.RetireKeys(ctx, w.now, w.now.Add(2*time.Second)); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Key(ctx, "session1"); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("an idle session: %v", err)
	}
	if err := p.DeleteKey(ctx, "ada", "other"); !errors.Is(err, core.ErrNotFound) {
		t.Error(err)
	}
	if err := p.DeleteUser(ctx, "ada"); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Key(ctx, "token"); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("the token of a deleted user: %v", err)
	}
	if err := p.AddKey(ctx, forever); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("a token for a deleted user: %v", err)
	}
}

func TestAuditRecords(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		p, ctx := w.People(), t.Context()
		var all []people.Record
		for i := range 5 {
			r := people.Record{At: w.now.Add(time.Duration(i) * time.Hour), Actor: []string{"ada", "bob"}[i%2], Via: "session", Address: "192.0.2.1",
				Operation: "createEvent", Path: "/api/v1/events", RequestID: fmt.Sprint("r", i)}
			no, err := p.AddRecord(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			if r.No = no; i > 0 {
				if err := p.EndRecord(ctx, no, 201); err != nil {
					t.Fatal(err)
				}
				r.Status = 201
			}
			all = append([]people.Record{r}, all...)
		}
		list := func(f people.RecordFilter, before int64, limit int) []people.Record {
			got, _, err := p.Records(context.Background(), f, before, limit)
			if err != nil {
				t.Error(err)
			}
			return got
		}
		for name, test := range map[string]struct{ got, want []people.Record }{
			"all":       {list(people.RecordFilter{}, 0, 10), all},
			"a page":    {list(people.RecordFilter{}, all[1].No, 2), all[2:4]},
			"of bob":    {list(people.RecordFilter{Actor: "bob"}, 0, 10), []people.Record{all[1], all[3]}},
			"another":   {list(people.RecordFilter{Operation: "deleteVEN"}, 0, 10), nil},
			"an hour":   {list(people.RecordFilter{From: w.now.Add(time.Hour), Until: w.now.Add(2 * time.Hour)}, 0, 10), all[3:4]},
			"no actor":  {list(people.RecordFilter{Actor: "a\x00"}, 0, 10), nil},
			"from then": {list(people.RecordFilter{From: w.now.Add(3 * time.Hour)}, 0, 10), all[:2]},
		} {
			if !reflect.DeepEqual(test.got, test.want) {
				t.Errorf("%s: %+v, want %+v", name, test.got, test.want)
			}
		}
		if err := p.RetireRecords(ctx, w.now.Add(time.Hour), 2); err != nil {
			t.Error(err)
		}
		if got := list(people.RecordFilter{}, 0, 10); !reflect.DeepEqual(got, all[:2]) {
			t.Errorf("after it was retired: %+v", got)
		}
	})
}
