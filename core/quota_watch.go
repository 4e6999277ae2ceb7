package core

import (
	"encoding/json"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	warnAt      = 0.8            // of a quota
	shrinkTo    = 0.9            // of a quota
	shrinkParts = 4              // of [QuotaWriter.MakeRoom], in one transaction
	warnEvery   = 24 * time.Hour // for one VEN and kind
	maxWarned   = 100_000        // of which it is remembered
)

// quotaWatch enforces quotas and warns before they are used up.
type quotaWatch struct {
	quotas  Quotas
	clock   Clock
	log     zerolog.Logger
	refused *prometheus.CounterVec // kind

	mu     sync.Mutex
	warned map[warning]time.Time
}

type warning struct {
	venNo int64
	kind  QuotaKind
}

func newQuotaWatch(quotas Quotas, clock Clock, log zerolog.Logger) *quotaWatch {
	q := &quotaWatch{quotas: DefaultQuotas(), clock: clock, log: log, warned: map[warning]time.Time{}}
	for kind, most := range quotas {
		q.quotas[kind] = most
	}
	q.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vtn_quota_refused_total", Help: "What VENs sent and a quota kept from being stored, by what it would have been.",
	}, []string{"kind"})
	for _, kind := range QuotaKinds {
		q.refused.WithLabelValues(string(kind))
	}
	return q
}

// register registers the metrics. Reading them asks the store how many VENs have used
// much of a quota.
func (q *quotaWatch) register(m prometheus.Registerer, reg Registry) {
	m.MustRegister(q.refused)
	for _, kind := range QuotaKinds {
		m.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vtn_quota_near", Help: "VENs that have used 80 % of a quota or more, by kind; NaN where the store does not say.",
			ConstLabels: prometheus.Labels{"kind": string(kind)},
		}, func() float64 { return q.near(reg, kind) }))
	}
}

func (q *quotaWatch) near(reg Registry, kind QuotaKind) float64 {
	return countedIn(reg, func(r Reader) (int, error) { return r.NearQuota(kind, q.quotas[kind].part(warnAt)) })
}

// part returns a share of a quota, at least one row and byte.
func (u Use) part(of float64) Use {
	return Use{max(1, int64(of*float64(u.Rows))), max(1, int64(of*float64(u.Bytes)))}
}

func (u Use) plus(by Use) Use { return Use{u.Rows + by.Rows, u.Bytes + by.Bytes} }

// reaches reports whether the rows or the bytes are that many or more.
func (u Use) reaches(other Use) bool { return u.Rows >= other.Rows || u.Bytes >= other.Bytes }

func (u Use) exceeds(other Use) bool { return u.Rows > other.Rows || u.Bytes > other.Bytes }

// within stores a record of a VEN. It refuses that if the VEN would have more than its
// quota and no less important record can be deleted instead.
func (q *quotaWatch) within(tx Tx, ven *VEN, kind QuotaKind, store func() error) error {
	before, err := useOf(tx, ven.No, kind)
	if err != nil {
		return err
	}
	if err := store(); err != nil {
		return err
	}
	now, err := useOf(tx, ven.No, kind)
	if err != nil {
		return err
	}
	if now, err = q.makeRoom(tx, ven, kind, now, q.quotas[kind], math.MaxInt); err != nil {
		return err
	}
	if now.exceeds(q.quotas[kind]) && now.exceeds(before) {
		return q.refuse(ven, kind)
	}
	q.note(ven, kind, now)
	return nil
}

// shrink deletes less important records of a VEN that is over a quota for which nothing is
// refused. After the quota was lowered it takes several calls, since others wait for each.
func (q *quotaWatch) shrink(tx Tx, ven *VEN, kind QuotaKind) error {
	use, err := useOf(tx, ven.No, kind)
	if err != nil {
		return err
	}
	if use, err = q.makeRoom(tx, ven, kind, use, q.quotas[kind].part(shrinkTo), shrinkParts); err == nil {
		q.note(ven, kind, use)
	}
	return err
}

// makeRoom deletes the least important records while a VEN has more than its quota, in at
// most so many steps, and returns what is left.
func (q *quotaWatch) makeRoom(tx Tx, ven *VEN, kind QuotaKind, use, most Use, parts int) (Use, error) {
	for ; use.exceeds(most) && parts > 0; parts-- {
		if err := tx.MakeRoom(ven.No, kind); err != nil {
			return use, err
		}
		less, err := useOf(tx, ven.No, kind)
		if err != nil || less == use {
			return use, err
		}
		use = less
	}
	return use, nil
}

// refuse returns the refusal of a record beyond the quota. It says what to do.
func (q *quotaWatch) refuse(ven *VEN, kind QuotaKind) *refusal {
	q.refused.WithLabelValues(string(kind)).Inc()
	q.note(ven, kind, q.quotas[kind])
	most := q.quotas[kind]
	return refuse(oadr.CodeNotAllowed, "the quota of %s is used up: %d rows or %d bytes for one VEN; %s, or ask the operator to raise the quota",
		kind, most.Rows, most.Bytes, advice[kind])
}

// advice returns what the VEN itself can do.
var advice = map[QuotaKind]string{
	QuotaValues:   "report less, until what is old has gone",
	QuotaPoints:   "register the same reports and rIDs each time",
	QuotaOpts:     "cancel opts",
	QuotaRequests: "register reports less often",
}

// note warns once a day of a VEN that is near a quota.
func (q *quotaWatch) note(ven *VEN, kind QuotaKind, use Use) {
	most := q.quotas[kind]
	if !use.reaches(most.part(warnAt)) {
		return
	}
	now := q.clock.Now()
	q.mu.Lock()
	at, warned := q.warned[warning{ven.No, kind}]
	if warned = warned && now.Sub(at) < warnEvery; !warned {
		if len(q.warned) >= maxWarned {
			clear(q.warned)
		}
		q.warned[warning{ven.No, kind}] = now
	}
	q.mu.Unlock()
	if !warned {
		q.log.Warn().Str("venID", ven.VENID).Str("quota", string(kind)).Int64("rows", use.Rows).Int64("bytes", use.Bytes).
			Int64("allowedRows", most.Rows).Int64("allowedBytes", most.Bytes).
			Msg("a VEN has used 80 % of a quota or more; beyond it what it sends is not stored, or its oldest goes: see what it sends, or raise the quota")
	}
}

func useOf(r QuotaReader, venNo int64, kind QuotaKind) (Use, error) {
	uses, err := r.Uses(kind, []int64{venNo})
	return uses[venNo], err
}

// recordSaid records in the history what a VEN said of an event, unless its quota is used
// up. What the VEN says counts all the same.
func (c *common) recordSaid(tx Tx, ven *VEN, h HistoryEntry) error {
	h.VENID = ven.VENID
	use, err := useOf(tx, ven.No, QuotaHistory)
	if err != nil {
		return err
	}
	if use.plus(h.most()).exceeds(c.quota.quotas[QuotaHistory]) {
		c.quota.refused.WithLabelValues(string(QuotaHistory)).Inc()
		c.quota.note(ven, QuotaHistory, c.quota.quotas[QuotaHistory])
		return nil
	}
	c.quota.note(ven, QuotaHistory, use)
	return tx.Record(h)
}

// most returns the most that an entry can take.
func (h *HistoryEntry) most() Use {
	target, _ := json.Marshal([]any{h.Resources, h.Others, h.DeviceClasses}) // it has JSON: it came as XML
	return Use{1, int64(1000 + len(h.OptID) + len(target))}
}

// mostOf returns the most that values can take.
func mostOf(values []Value) Use {
	u := Use{Rows: int64(len(values))}
	for i := range values {
		v := &values[i]
		u.Bytes += 64 + int64(len(v.Quality))
		if v.Status != nil {
			u.Bytes += 1000
		}
		for _, feed := range v.GreenButton {
			u.Bytes += 100 + 6*int64(len(feed)) // as JSON
		}
	}
	return u
}
