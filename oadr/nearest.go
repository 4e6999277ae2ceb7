package oadr

import "strings"

// nearest returns the one of names that name is probably a misspelling of, "" if
// there is none. A third of the letters may be wrong, three at most. Case and
// separators do not count.
func nearest(name string, names []string) (near string) {
	plain := strings.NewReplacer("_", "", "-", "", " ", "")
	fold := func(s string) string { return strings.ToLower(plain.Replace(s)) }
	meant, least := fold(name), 4
	for _, candidate := range names {
		c := fold(candidate)
		most := min(len(c)/3, least-1)
		if len(meant) > len(c)+most || len(c) > len(meant)+most {
			continue
		}
		if d := distance(meant, c); d <= most {
			near, least = candidate, d
		}
	}
	return near
}

// distance returns how many bytes must be inserted, deleted or replaced to turn a
// into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}
