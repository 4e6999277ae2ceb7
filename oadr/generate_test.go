package oadr_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// seeds returns the seeds of generated messages. The last is new in each run. A
// failing test names its seed.
func seeds() []uint64 { return []uint64{1, 2, 3, 4, rand.Uint64()} }

// Any valid message, with any part that the schema allows, is written as a valid
// payload that reads back as the same message (rule G7), in any form of the same
// XML (rule G5).
func TestG5G7AnyMessage(t *testing.T) {
	var written [][]byte
	for _, seed := range seeds() {
		g := oadrtest.NewGenerator(seed)
		for range 5 {
			for _, kind := range kinds {
				want := &oadr.Payload{Form: g.Form(), Message: g.Message(kind)}
				raw := oadr.Append(nil, want.Form, want.Message)
				written = append(written, raw)
				got, err := oadr.Decode(raw, oadr.Limits{Size: len(raw), Depth: 64})
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: %v, %s\n%s", seed, err, difference(got, want), raw)
				}
				if kind != want.Message.Kind() {
					t.Fatalf("%s was made for %s", want.Message.Kind(), kind)
				}

				mangled := mangle(t, g.Rand, raw)
				got, err = oadr.Decode(mangled, oadr.Limits{Size: len(mangled), Depth: 64})
				if err != nil {
					t.Fatalf("seed %d: %v\n%s, written anew\n%s", seed, err, raw, mangled)
				}
				alike(t, reflect.ValueOf(got.Message))
				alike(t, reflect.ValueOf(want.Message))
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: %s\n%s, written anew\n%s", seed, difference(got, want), raw, mangled)
				}
			}
		}
	}
	oadrtest.Validate(t, written...)
}

// alike makes values equal in v that mean the same: parts that are kept as sent
// become their meaning, and each must be a document.
func alike(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			alike(t, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			alike(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				alike(t, v.Field(i))
			}
		}
	case reflect.String:
		if x, ok := v.Interface().(oadr.XML); ok && x != "" {
			v.SetString(canonical(t, []byte(x)))
		}
	}
}

// difference shows where two payloads begin to differ.
func difference(got, want *oadr.Payload) string {
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	around := func(s []byte) []byte { return s[max(at-100, 0):min(at+100, len(s))] }
	return fmt.Sprintf("read %s, want %s", around(a), around(b))
}
