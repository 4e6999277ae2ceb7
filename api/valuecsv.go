package api

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// csvData writes values as CSV (RFC 4180). The first line names the columns.
type csvData struct {
	w     *bufio.Writer
	begun bool
	line  []string
}

func newCSVData(w io.Writer) *csvData { return &csvData{w: bufio.NewWriter(w)} }

// csvColumns are named as in the JSON.
var csvColumns = func() []string {
	columns := []string{"rID", "start", "duration", "value", "quality", "confidence", "accuracy", "online", "manualOverride"}
	for _, of := range []string{"capacity", "levelOffset", "percentOffset", "setPoint"} {
		for _, what := range []string{"min", "max", "current", "normal"} {
			columns = append(columns, of+"."+what)
		}
	}
	return append(columns, "greenButton", "receivedAt")
}()

func (d *csvData) begin() error {
	if d.begun {
		return nil
	}
	d.begun = true
	return d.record(csvColumns)
}

func (d *csvData) value(v *core.Value) error {
	if err := d.begin(); err != nil {
		return err
	}
	number := &v.Value
	if v.NoValue || v.Status != nil || v.GreenButton != nil {
		number = nil
	}
	confidence := ""
	if v.Confidence != nil {
		confidence = strconv.FormatUint(uint64(*v.Confidence), 10)
	}
	d.line = append(d.line[:0], csvText(v.RID), csvTime(v.Start), lasting(v.Duration), csvNumber(number), csvText(v.Quality), confidence, csvNumber(v.Accuracy))
	d.line = appendStatus(d.line, v.Status)
	d.line = append(d.line, csvText(strings.Join(xmlTexts(v.GreenButton), "\n")), csvTime(v.ReceivedAt))
	return d.record(d.line)
}

// record writes a line. It keeps each cell byte for byte; encoding/csv would
// change line ends inside of cells.
func (d *csvData) record(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			d.w.WriteByte(',')
		}
		if strings.ContainsAny(cell, "\",\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		d.w.WriteString(cell)
	}
	_, err := d.w.WriteString("\r\n") // also returns an earlier error
	return err
}

func (d *csvData) flush() error { return d.w.Flush() }

func (d *csvData) end() error {
	if err := d.begin(); err != nil {
		return err
	}
	return d.flush()
}

// appendStatus appends the cells of a resource's status, empty for none.
func appendStatus(line []string, s *oadr.ResourceStatus) []string {
	if s == nil {
		return append(line, make([]string, 2+4*4)...)
	}
	line = append(line, strconv.FormatBool(s.Online), strconv.FormatBool(s.ManualOverride))
	var state oadr.LoadControlState
	if s.LoadControlState != nil {
		state = *s.LoadControlState
	}
	for _, c := range []*oadr.LoadControl{state.Capacity, state.LevelOffset, state.PercentOffset, state.SetPoint} {
		if c == nil {
			line = append(line, "", "", "", "")
		} else {
			line = append(line, csvNumber(c.Min), csvNumber(c.Max), csvNumber(&c.Current), csvNumber(c.Normal))
		}
	}
	return line
}

// csvText keeps programs from taking a VEN's text for a formula: it puts a ' before a
// text that begins like one. It also puts one before a text that begins with a ', so
// that the text can be restored.
func csvText(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠'\t\r\n", first) {
		return "'" + s
	}
	return s
}

// csvNumber writes a number as JSON would, nothing for nil.
func csvNumber(f *float64) string {
	if f == nil {
		return ""
	}
	b, _ := json.Marshal(*f) // stored numbers are finite
	return string(b)
}

func csvTime(t time.Time) string { return client.FormatTime(t) }
