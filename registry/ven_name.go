package registry

import "fmt"

// Named is [core.VENReader.Named].
func (t venTx) Named(venNos []int64, transport string) (map[int64][]string, error) {
	names := make(map[int64][]string, len(venNos))
	err := t.rows(`SELECT ven_no, identity FROM identity WHERE `+t.InList("ven_no", 1)+` AND transport = $2 ORDER BY ven_no, identity`,
		[]any{numbers(venNos), transport}, func(scan func(...any) error) error {
			var venNo int64
			var name string
			err := scan(&venNo, &name)
			names[venNo] = append(names[venNo], name)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list the names of %d VENs on %s: %w", len(venNos), transport, err)
	}
	return names, nil
}
