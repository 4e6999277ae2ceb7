package registry

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// offerBody is the part of an offer that no query looks for.
type offerBody struct {
	Keeps     *time.Duration `json:"keeps,omitempty"`
	CreatedAt time.Time      `json:"createdAt"`
}

func (t offerTx) Offers(venNo int64) (offers []core.ReportOffer, err error) {
	err = t.rows(`SELECT s.specifier_id, s.name, s.body, s.registered_at, p.body
  FROM report_specifier s LEFT JOIN report_point p ON p.ven_no = s.ven_no AND p.specifier_id = s.specifier_id AND p.gone_at IS NULL
 WHERE s.ven_no = $1 ORDER BY s.specifier_id COLLATE "binary", p.place`, []any{venNo}, func(scan func(...any) error) error {
		var (
			o           core.ReportOffer
			body, point []byte
			b           offerBody
		)
		if err := scan(&o.SpecifierID, &o.Name, &body, at(&o.RegisteredAt), &point); err != nil {
			return err
		}
		if last := len(offers) - 1; last < 0 || offers[last].SpecifierID != o.SpecifierID {
			if err := json.Unmarshal(body, &b); err != nil {
				return fmt.Errorf("report %q: %w", o.SpecifierID, err)
			}
			o.Keeps, o.CreatedAt = b.Keeps, b.CreatedAt
			offers = append(offers, o)
		}
		if point == nil {
			return nil
		}
		last := &offers[len(offers)-1]
		last.Points = append(last.Points, oadr.ReportDescription{})
		if err := json.Unmarshal(point, &last.Points[len(last.Points)-1]); err != nil {
			return fmt.Errorf("a data point of report %q: %w", o.SpecifierID, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the reports of VEN number %d: %w", venNo, err)
	}
	return offers, nil
}

// PutOffers is [core.ReportWriter.PutOffers]. Data points that changed get new numbers, so
// that stored values keep their meaning.
func (t offerTx) PutOffers(venNo int64, offers []core.ReportOffer, now time.Time) error {
	if err := t.putOffers(venNo, offers, now); err != nil {
		return fmt.Errorf("store the reports of VEN number %d: %w", venNo, err)
	}
	return nil
}

func (t offerTx) putOffers(venNo int64, offers []core.ReportOffer, now time.Time) error {
	quota := quotaTx(t)
	if err := quota.drop(countSpecifiers, `report_specifier`, `ven_no = $1`, venNo); err != nil {
		return err
	}
	specifiers, points, err := offered(offers)
	if err != nil {
		return err
	}
	gone, err := t.withdrawnPoints(venNo, points)
	if err != nil {
		return err
	}
	if err := quota.counting([]countable{countPoints}, t.InList("c.no", 1), []any{numbers(gone)},
		func() error { return t.dropPoints(gone, now) }); err != nil {
		return err
	}
	fresh := newPoints(offers, points)
	last, err := t.numberMany(len(fresh))
	if err != nil {
		return err
	}
	for i := range fresh {
		fresh[i][0] = last - int64(len(fresh)-1-i)
	}
	if err := t.insertOffers(venNo, specifiers, fresh); err != nil {
		return err
	}
	if err := quota.countBy(1, countSpecifiers, `c.ven_no = $1`, venNo); err != nil || len(fresh) == 0 {
		return err
	}
	return quota.countBy(1, countPoints, `c.ven_no = $1 AND c.no > $2 AND c.no <= $3`, venNo, last-int64(len(fresh)), last)
}

// offeredPoint is a data point as it is stored: its body, and its index in the report.
type offeredPoint struct {
	body     string
	position int
}

// offered returns the rows of report_specifier and the data points that are offered.
func offered(offers []core.ReportOffer) (specifiers [][4]any, points map[core.Point]offeredPoint, err error) {
	points = map[core.Point]offeredPoint{}
	for _, o := range offers {
		body, err := json.Marshal(offerBody{o.Keeps, o.CreatedAt})
		if err != nil {
			return nil, nil, err
		}
		specifiers = append(specifiers, [4]any{o.SpecifierID, o.Name, string(body), o.RegisteredAt.UnixMilli()})
		for i := range o.Points {
			body, err := json.Marshal(&o.Points[i])
			if err != nil {
				return nil, nil, err
			}
			points[core.Point{SpecifierID: o.SpecifierID, RID: o.Points[i].RID}] = offeredPoint{string(body), i}
		}
	}
	return specifiers, points, nil
}

// withdrawnPoints returns the numbers of the stored data points that are not offered
// as they are any more. It deletes the others from points: they stay as they are.
func (t offerTx) withdrawnPoints(venNo int64, points map[core.Point]offeredPoint) (gone []int64, err error) {
	err = t.rows(`SELECT no, specifier_id, r_id, place, body FROM report_point WHERE ven_no = $1 AND gone_at IS NULL`, []any{venNo},
		func(scan func(...any) error) error {
			var no int64
			var key core.Point
			var stored offeredPoint
			if err := scan(&no, &key.SpecifierID, &key.RID, &stored.position, &stored.body); err != nil {
				return err
			}
			if now, isOffered := points[key]; isOffered && now == stored {
				delete(points, key)
			} else {
				gone = append(gone, no)
			}
			return nil
		})
	return gone, err
}

// newPoints returns the rows of report_point, without their numbers, of the data
// points that are in points.
func newPoints(offers []core.ReportOffer, points map[core.Point]offeredPoint) (rows [][9]any) {
	for _, o := range offers {
		for i := range o.Points {
			p := &o.Points[i]
			point, isNew := points[core.Point{SpecifierID: o.SpecifierID, RID: p.RID}]
			if !isNew {
				continue
			}
			row := [9]any{0, o.SpecifierID, p.RID, i, p.ReportType, "", 0, 0, point.body}
			if p.Unit != nil {
				row[5] = p.Unit.Type
			}
			if r := p.SamplingRate; r != nil {
				row[6], row[7] = r.MinPeriod.Milliseconds(), r.MaxPeriod.Milliseconds()
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// dropPoints deletes data points. It keeps those of reports that have sent data,
// because values may refer to them.
func (t offerTx) dropPoints(nos []int64, now time.Time) error {
	if len(nos) == 0 {
		return nil
	}
	these := t.InList("no", 1)
	if _, err := t.exec(`DELETE FROM report_point WHERE `+these+`
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.ven_no = report_point.ven_no AND q.specifier_id = report_point.specifier_id AND q.data_at IS NOT NULL)`,
		numbers(nos)); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE report_point SET gone_at = $2 WHERE `+these, numbers(nos), now.UnixMilli())
	return err
}

func (t offerTx) insertOffers(venNo int64, specifiers [][4]any, points [][9]any) error {
	rows, err := list(specifiers)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO report_specifier (ven_no, specifier_id, name, body, registered_at)
  SELECT CAST($1 AS BIGINT), n.value ->> 0, n.value ->> 1, n.value ->> 2, CAST(n.value ->> 3 AS BIGINT) FROM `+t.Elements(2)+` AS n`, venNo, rows); err != nil {
		return err
	}
	if rows, err = list(points); err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO report_point (no, ven_no, specifier_id, r_id, place, report_type, measurement, min_ms, max_ms, body)
  SELECT CAST(n.value ->> 0 AS BIGINT), CAST($1 AS BIGINT), n.value ->> 1, n.value ->> 2, CAST(n.value ->> 3 AS INTEGER), n.value ->> 4, n.value ->> 5,
         CAST(n.value ->> 6 AS BIGINT), CAST(n.value ->> 7 AS BIGINT), n.value ->> 8
    FROM `+t.Elements(2)+` AS n`, venNo, rows)
	return err
}

// MatchingOffers is [core.ReportReader.MatchingOffers]. Every registered VEN has the
// METADATA report, with one data point of the same name.
func (t offerTx) MatchingOffers(s core.ReportSpec, venNo int64, limit int) (matches []core.ReportMatch, err error) {
	wanted, err := list(compared(s.Targets))
	if err != nil {
		return nil, err
	}
	if s.SpecifierID == oadr.SpecifierMetadata {
		matches, err = t.metadata(s, wanted, venNo, limit)
	} else {
		matches, err = t.matching(s, wanted, venNo, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("find the VENs that offer a report: %w", err)
	}
	return matches, nil
}

// meant selects the registered VENs v that a list of targets (kind, value) $1
// matches, or only number $2 of them if that is not 0. Those of 2.0a have no reports.
func meant(d *database.Dialect) string {
	return `v.no IN (SELECT l.ven_no FROM ` + d.Elements(1) + ` AS n JOIN label l ON l.kind = n.value ->> 0 AND l.value = n.value ->> 1)
   AND (v.no = $2 OR $2 = 0) AND EXISTS (SELECT 1 FROM registration r WHERE r.ven_no = v.no AND r.ended_at IS NULL AND r.profile <> '` + oadr.Profile20a + `')`
}

func (t offerTx) metadata(s core.ReportSpec, targets string, venNo int64, limit int) (matches []core.ReportMatch, err error) {
	err = t.rows(`SELECT v.no, v.ven_id FROM ven v WHERE `+meant(t.Dialect)+` ORDER BY v.no LIMIT $3`, []any{targets, venNo, limit}, func(scan func(...any) error) error {
		m := core.ReportMatch{SpecifierID: s.SpecifierID, Points: []core.MatchedPoint{{RID: oadr.MetadataRID}}}
		err := scan(&m.VENNo, &m.VENID)
		matches = append(matches, m)
		return err
	})
	return matches, err
}

func (t offerTx) matching(s core.ReportSpec, targets string, venNo int64, limit int) (matches []core.ReportMatch, err error) {
	err = t.rows(`SELECT v.no, v.ven_id, s.specifier_id, s.name, s.body, p.r_id, p.min_ms, p.max_ms
  FROM (SELECT v.no, v.ven_id FROM ven v WHERE `+meant(t.Dialect)+`) AS v
  JOIN report_specifier s ON s.ven_no = v.no
  JOIN report_point p ON p.ven_no = s.ven_no AND p.specifier_id = s.specifier_id AND p.gone_at IS NULL
 WHERE ($3 = '' OR s.specifier_id = $3) AND ($4 = '' OR s.name = $4) AND ($5 = '' OR p.report_type = $5) AND ($6 = '' OR p.measurement = $6)
   AND ($7 OR `+t.InTexts("p.r_id", 8)+`)
 ORDER BY v.no, s.specifier_id COLLATE "binary", p.place`,
		[]any{targets, venNo, s.SpecifierID, s.ReportName, s.ReportType, s.Measurement, len(s.RIDs) == 0, texts(s.RIDs)}, func(scan func(...any) error) error {
			var m core.ReportMatch
			var p core.MatchedPoint
			var least, most int64
			var body []byte
			if err := scan(&m.VENNo, &m.VENID, &m.SpecifierID, &m.ReportName, &body, &p.RID, &least, &most); err != nil {
				return err
			}
			p.MinPeriod, p.MaxPeriod = time.Duration(least)*time.Millisecond, time.Duration(most)*time.Millisecond
			last := len(matches) - 1
			if last < 0 || matches[last].VENNo != m.VENNo || matches[last].SpecifierID != m.SpecifierID {
				if len(matches) == limit {
					return database.ErrEnough
				}
				var b offerBody
				if err := json.Unmarshal(body, &b); err != nil {
					return fmt.Errorf("report %q: %w", m.SpecifierID, err)
				}
				m.Keeps = b.Keeps
				matches = append(matches, m)
				last++
			}
			matches[last].Points = append(matches[last].Points, p)
			return nil
		})
	return matches, err
}

// PointNos is [core.ReportReader.PointNos]. If a data point was registered again, it
// returns the one that is offered now.
func (t offerTx) PointNos(points []core.Point) (map[core.Point]int64, error) {
	if len(points) == 0 {
		return nil, nil
	}
	rows := make([][3]any, 0, len(points))
	for _, p := range points {
		if storable(p.SpecifierID) && storable(p.RID) { // otherwise no VEN has it
			rows = append(rows, [3]any{p.VENNo, p.SpecifierID, p.RID})
		}
	}
	wanted, err := list(rows)
	if err != nil {
		return nil, err
	}
	nos := make(map[core.Point]int64, len(points))
	err = t.rows(`SELECT p.no, p.ven_no, p.specifier_id, p.r_id
  FROM `+t.Elements(1)+` AS n CROSS JOIN report_point p
 WHERE p.ven_no = CAST(n.value ->> 0 AS BIGINT) AND p.specifier_id = n.value ->> 1 AND p.r_id = n.value ->> 2
 ORDER BY coalesce(p.gone_at, 9223372036854775807)`, []any{wanted}, func(scan func(...any) error) error {
		var no integer
		var p core.Point
		err := scan(&no, &p.VENNo, &p.SpecifierID, &p.RID)
		nos[p] = int64(no)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find %d data points: %w", len(points), err)
	}
	return nos, nil
}
