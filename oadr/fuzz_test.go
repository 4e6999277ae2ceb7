package oadr_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// FuzzDecode: nothing makes the decoder panic, and what it takes as valid says
// the same after it was written and read again.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("../../shared/samples/*.xml") // more to start from, where they are
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	for _, test := range sendable {
		f.Add(oadr.Append(nil, oadr.Form{}, test.message))
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

// wholeSeconds cuts fractions off all times and durations in v, as writing does.
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
	case reflect.Struct, reflect.Int64:
		switch at := v.Addr().Interface().(type) {
		case *time.Time:
			*at = at.Truncate(time.Second)
		case *time.Duration:
			*at = at.Truncate(time.Second)
		default:
			if v.Kind() == reflect.Struct {
				for i := range v.NumField() {
					wholeSeconds(v.Field(i))
				}
			}
		}
	}
}
