package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestG8QuotaThatTheOperatorSets limits a VEN, and the metrics show it.
func TestG8QuotaThatTheOperatorSets(t *testing.T) {
	s := start(t, "VTN_QUOTA=opts=4/1MB")
	v := s.join()
	before := s.counters()
	schedule := oadr.CreateOpt{OptType: oadr.OptOut, OptReason: "economic", Schedule: true, Availability: []oadr.Available{{Start: time.Now().Add(time.Hour), Duration: time.Hour}}}
	for i := range 2 { // none replaces another
		schedule.Target.Resources = []string{fmt.Sprint("r", i)}
		if _, err := v.CreateOpt(t.Context(), schedule); err != nil {
			t.Fatal(err)
		}
	}
	schedule.Target.Resources = []string{"another"}
	_, err := v.CreateOpt(t.Context(), schedule)
	if err == nil || !strings.Contains(err.Error(), "451") || !strings.Contains(err.Error(), "quota of opts") {
		t.Errorf("an opt beyond the quota: %v", err)
	}
	s.grows(before, `vtn_quota_refused_total{kind="opts"}`)
	s.grows(before, `vtn_quota_near{kind="opts"}`)
}
