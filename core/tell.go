package core

import (
	"context"
	"time"
)

// told is what becomes of what a push told, in the transaction that settles it.
func (v *VTN) told(tx Tx, s Settlement) error {
	switch s.Token.Topic {
	case TopicReports:
		return v.toldReports(tx, s)
	case TopicRegistration:
		return v.toldRegistration(tx, s)
	}
	return nil
}

func (v *VTN) reportNews(context.Context, []Claim, time.Time) (map[int64]news, error) {
	return nil, nil
}

func (v *VTN) toldReports(Tx, Settlement) error { return nil }
