package core_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// BenchmarkUpdateReport is a thousand VENs that report at once, each its next
// report when the last is stored: five data points of a minute, on SQLite. Of
// the figures cpu-µs/op is the one that holds on a busy machine.
func BenchmarkUpdateReport(b *testing.B) {
	const vens = 1000
	reg, err := registry.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "vtn.db"), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer reg.Close()
	r := newRig(&testVTN{VTN: core.New(core.Config{VTNID: "VTN"}, reg, core.SystemClock{}, zerolog.Nop(), nil), reg: reg})
	requests := r.reporters(b, vens)
	updates := make([]*oadr.UpdateReport, vens)
	for i, request := range requests {
		updates[i] = fivePoints(request, time.Now().UTC())
	}
	from := cpu(b)
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for i, m := range updates {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				m.Reports[0].Intervals[0].Start = m.Reports[0].Intervals[0].Start.Add(time.Minute)
				reply, err := r.Handle(context.Background(), peer(requests[i].VENID), &oadr.Payload{Message: m})
				if err != nil || reply.(*oadr.UpdatedReport).Response.Code != oadr.CodeOK {
					b.Error(reply, err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-from).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpu is the processor time this process has had.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fivePoints(r *core.ReportRequest, start time.Time) *oadr.UpdateReport {
	minute := time.Minute
	interval := oadr.ReportInterval{Start: start, Duration: &minute}
	for i, rID := range fiveRIDs {
		interval.Payloads = append(interval.Payloads, oadr.ReportPayload{RID: rID, Value: float64(i) + 0.25, Quality: "Quality Good - Non Specific"})
	}
	return &oadr.UpdateReport{RequestID: "u", VENID: r.VENID, Reports: []oadr.Report{{Intervals: []oadr.ReportInterval{interval}, ReportRequestID: r.ReportRequestID, ReportSpecifierID: r.SpecifierID}}}
}
