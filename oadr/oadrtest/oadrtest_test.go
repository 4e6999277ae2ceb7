package oadrtest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

func poll(venID string) []byte {
	return oadr.Append(nil, oadr.Form{}, &oadr.Poll{VENID: venID})
}

func TestCheckTellsWhichPayloadIsWrong(t *testing.T) {
	good := poll("ven-1")
	oadrtest.Validate(t, good, good)
	bad := []byte(strings.ReplaceAll(string(good), "venID", "vtnID"))
	err := oadrtest.Check(good, bad, good)
	if err == nil {
		t.Fatal("an invalid payload passed")
	}
	for _, want := range []string{"payload 1 does not validate", "vtnID", string(bad)} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not contain %q: %v", want, err)
		}
	}
	for _, other := range []string{"payload 0", "payload 2"} {
		if strings.Contains(err.Error(), other) {
			t.Errorf("the error blames %s: %v", other, err)
		}
	}
}

func TestCheckOfBrokenXML(t *testing.T) {
	oadrtest.Validate(t, poll("ven-1")) // skips where nothing can be validated
	if err := oadrtest.Check([]byte("<oadrPayload>")); err == nil {
		t.Error("broken XML passed")
	}
}

func TestRecorderKeepsEachContentOnce(t *testing.T) {
	var r oadrtest.Recorder
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			payload := poll(fmt.Sprint("ven-", i%2))
			r.Record(payload)
			clear(payload) // what was recorded is a copy
		})
	}
	all.Wait()
	if n := len(r.Payloads()); n != 2 {
		t.Errorf("%d payloads kept, want 2", n)
	}
	r.Validate(t)
}

func TestRecorderIsBounded(t *testing.T) {
	var r oadrtest.Recorder
	for i := range 5100 {
		r.Record(fmt.Appendf(nil, "%d", i))
	}
	if n := len(r.Payloads()); n != 5000 {
		t.Errorf("%d payloads kept, want 5000", n)
	}
}
