package core

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
