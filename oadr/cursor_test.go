package oadr

import (
	"fmt"
	"strings"
	"testing"
)

// Reading takes time in proportion to the payload: only the names of children that
// were read are kept and searched.
func TestCursorKeepsNoNamesThatASenderMakesUp(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, `<oadrResponse xmlns=%q><known/>`, NS)
	for i := range 10_000 {
		fmt.Fprintf(&b, "<a%d/>", i)
	}
	b.WriteString("<known/></oadrResponse>")
	c := newDecoder([]byte(b.String()), 2)
	c.root()
	e := c.enter()
	all, taken := 0, 0
	for name := range e.children() {
		all++
		if name == "oadr:known" {
			taken++
			c.skip()
		}
	}
	if c.err != nil || all != 10_001 || taken != 1 || len(c.seen) != 1 {
		t.Errorf("%v: %d children, %d taken, %d names kept", c.err, all, taken, len(c.seen))
	}
}
