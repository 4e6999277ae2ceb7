package core

import "context"

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

func (v *VTN) registrationNews(context.Context, []Claim) (map[int64]news, error) { return nil, nil }

func (v *VTN) toldRegistration(Tx, Settlement) error { return nil }
