package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// parse reads an object strictly: its error names everything that is wrong, and
// members that build does not read are wrong. It does not change the object.
func parse[T any](members map[string]any, build func(*object) T) (T, error) {
	var found problems
	o := newObject("", members, &found)
	v := build(o)
	o.close()
	if found != nil {
		return v, &core.InvalidError{Problems: found}
	}
	return v, nil
}

// object reads a JSON object. null counts as absent.
type object struct {
	path     string // empty at the top
	members  map[string]any
	read     map[string]bool // names of members
	children []*object
	found    *problems
}

func newObject(path string, members map[string]any, found *problems) *object {
	return &object{path: path, members: members, read: map[string]bool{}, found: found}
}

// close refuses the members that were not read, here and in objects inside.
func (o *object) close() {
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		if !o.read[name] {
			o.found.add(o.field(excerpt.Of(name)), "is not known here; leave it out")
		}
	}
	for _, child := range o.children {
		child.close()
	}
}

func (o *object) field(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (o *object) take(name string) (any, bool) {
	o.read[name] = true
	v := o.members[name]
	return v, v != nil
}

// set reports whether a member is present.
func (o *object) set(name string) bool { return o.members[name] != nil }

// need refuses the object if one of these members is absent.
func (o *object) need(names ...string) {
	for _, name := range names {
		if !o.set(name) {
			o.found.add(o.field(name), "is missing")
		}
	}
}

// value reads a member of one JSON type.
func value[T any](o *object, name, what string) (v T, ok bool) {
	raw, ok := o.take(name)
	if !ok {
		return v, false
	}
	if v, ok = raw.(T); !ok {
		o.found.add(o.field(name), "must be %s, not %s", what, typeOf(raw))
	}
	return v, ok
}

func (o *object) text(name string) string { return o.textOr(name, "") }

func (o *object) textOr(name, otherwise string) string {
	if s, ok := value[string](o, name, "text"); ok {
		return s
	}
	return otherwise
}

// oneOf reads one of several words. The first is the default.
func (o *object) oneOf(name string, words ...string) string {
	s := o.textOr(name, words[0])
	if !slices.Contains(words, s) {
		o.found.add(o.field(name), "%q is none of %s", excerpt.Of(s), strings.Join(words, ", "))
	}
	return s
}

func (o *object) boolean(name string) bool { return o.booleanOr(name, false) }

func (o *object) booleanOr(name string, otherwise bool) bool {
	if b, ok := value[bool](o, name, "true or false"); ok {
		return b
	}
	return otherwise
}

// number reads a number that fits an xs:float.
func (o *object) number(name string) float64 {
	n, ok := value[json.Number](o, name, "a number")
	if !ok {
		return 0
	}
	f, err := n.Float64()
	f, fits := oadr.Float(f)
	if err != nil || !fits {
		o.found.add(o.field(name), "%s is beyond what a payload can hold", excerpt.Of(n.String()))
	}
	return f
}

// whole reads a whole number that is not negative.
func (o *object) whole(name string) uint32 {
	n, ok := value[json.Number](o, name, "a whole number")
	if !ok {
		return 0
	}
	u, err := strconv.ParseUint(n.String(), 10, 32)
	if err != nil {
		o.found.add(o.field(name), "%s is not a whole number from 0 to %d", excerpt.Of(n.String()), uint32(math.MaxUint32))
	}
	return uint32(u)
}

// duration reads an ISO 8601 duration in whole seconds that is not negative.
func (o *object) duration(name string) time.Duration {
	d := o.signedDuration(name)
	if d < 0 {
		o.found.add(o.field(name), "%s is negative", oadr.FormatDuration(d))
	}
	return d
}

func (o *object) signedDuration(name string) time.Duration {
	s, ok := value[string](o, name, "a duration such as \"PT1H\"")
	if !ok {
		return 0
	}
	d, err := oadr.ParseDuration(s)
	switch {
	case err != nil:
		o.found.add(o.field(name), "%s", err)
	case d%time.Second != 0:
		o.found.add(o.field(name), "%q has a fraction of a second; payloads hold whole seconds", excerpt.Of(s))
	}
	return d
}

// instant reads an RFC 3339 time in whole seconds. The time must have a zone: without
// one, a VEN elsewhere would take it for another moment.
func (o *object) instant(name string) time.Time {
	s, ok := value[string](o, name, "a time such as \"2026-11-24T17:00:00Z\"")
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		if _, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
			o.found.add(o.field(name), "%q has no zone; end it with Z for UTC, or with an offset such as +01:00", excerpt.Of(s))
		} else {
			o.found.add(o.field(name), "%q is not a time such as 2026-11-24T17:00:00Z", excerpt.Of(s))
		}
		return time.Time{}
	}
	switch t = t.UTC(); {
	case t.Year() < 1970 || t.Year() > 9999:
		o.found.add(o.field(name), "%q is not between the years 1970 and 9999", excerpt.Of(s))
	case t.Nanosecond() != 0:
		o.found.add(o.field(name), "%q has a fraction of a second; payloads hold whole seconds", excerpt.Of(s))
	}
	return t
}

// object reads a member that is an object. It returns nil if it is absent.
func (o *object) object(name string) *object {
	members, ok := value[map[string]any](o, name, "an object")
	if !ok {
		return nil
	}
	return o.child(o.field(name), members)
}

// objects reads a list of objects.
func (o *object) objects(name string) []*object {
	items, _ := value[[]any](o, name, "a list of objects")
	var list []*object
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", o.field(name), i)
		if members, ok := item.(map[string]any); ok {
			list = append(list, o.child(at, members))
		} else {
			o.found.add(at, "must be an object, not %s", typeOf(item))
		}
	}
	return list
}

// texts reads a list of texts.
func (o *object) texts(name string) []string {
	items, _ := value[[]any](o, name, "a list of texts")
	var list []string
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			o.found.add(fmt.Sprintf("%s[%d]", o.field(name), i), "must be text, not %s", typeOf(item))
		}
		list = append(list, s)
	}
	return list
}

func (o *object) child(path string, members map[string]any) *object {
	c := newObject(path, members, o.found)
	o.children = append(o.children, c)
	return c
}
