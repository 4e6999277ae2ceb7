package oadr_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// FuzzDecode: no input makes the decoder panic, and a payload that it accepts as
// valid reads the same after it was written.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("../../shared/samples/*.xml") // more seeds, if they are here
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	for _, test := range sendable {
		f.Add(oadr.Append(nil, oadr.Form{}, test.message))
	}
	g := oadrtest.NewGenerator(1)
	for _, kind := range kinds {
		f.Add(mangle(f, g.Rand, oadr.Append(nil, g.Form(), g.Message(kind))))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := oadr.Decode(raw, oadr.DefaultLimits)
		if err != nil {
			if p != nil {
				t.Fatalf("a payload and an error: %v", err)
			}
			return
		}
		if p.Message == nil {
			t.Fatal("a payload without message")
		}
		again := oadr.Append(nil, p.Form, p.Message)
		if p.Invalid != nil || len(again) == 0 {
			return
		}
		q, err := oadr.Decode(again, oadr.Limits{Size: len(again), Depth: 64})
		if err != nil || q.Invalid != nil {
			t.Fatalf("written, it is not understood: %v, %v\n%s", err, q, again)
		}
		wholeSeconds(reflect.ValueOf(p.Message))
		if !reflect.DeepEqual(p, q) {
			t.Fatalf("read\n%#v, then\n%#v\n%s", p.Message, q.Message, again)
		}
	})
}

// wholeSeconds cuts off fractions of seconds that are not written: those of
// durations and of when something was created or modified.
func wholeSeconds(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			wholeSeconds(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			wholeSeconds(v.Index(i))
		}
	case reflect.Int64:
		if d, ok := v.Addr().Interface().(*time.Duration); ok {
			*d = d.Truncate(time.Second)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case !field.IsExported():
			case field.Type != reflect.TypeFor[time.Time]():
				wholeSeconds(v.Field(i))
			case strings.HasSuffix(field.Name, "DateTime"):
				at := v.Field(i).Addr().Interface().(*time.Time)
				*at = at.Truncate(time.Second)
			}
		}
	}
}
