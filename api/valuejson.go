package api

import (
	"bufio"
	"io"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func showValue(v *core.Value) client.ReportValue {
	out := client.ReportValue{
		RID:         v.RID,
		Start:       v.Start.UTC(),
		Duration:    lasting(v.Duration),
		Quality:     v.Quality,
		Confidence:  v.Confidence,
		Accuracy:    v.Accuracy,
		Status:      showStatus(v.Status),
		GreenButton: xmlTexts(v.GreenButton),
		ReceivedAt:  v.ReceivedAt.UTC(),
	}
	if !v.NoValue && v.Status == nil && v.GreenButton == nil {
		out.Value = &v.Value
	}
	return out
}

func showStatus(s *oadr.ResourceStatus) *client.ResourceStatus {
	if s == nil {
		return nil
	}
	out := &client.ResourceStatus{Online: s.Online, ManualOverride: s.ManualOverride}
	if l := s.LoadControlState; l != nil {
		out.LoadControlState = &client.LoadControlState{
			Capacity:      (*client.LoadControl)(l.Capacity),
			LevelOffset:   (*client.LoadControl)(l.LevelOffset),
			PercentOffset: (*client.LoadControl)(l.PercentOffset),
			SetPoint:      (*client.LoadControl)(l.SetPoint),
		}
	}
	return out
}

// jsonData writes values as one document, {"items": [...]}, each value on a line.
type jsonData struct {
	w     *bufio.Writer
	begun bool
}

func newJSONData(w io.Writer) *jsonData {
	return &jsonData{w: bufio.NewWriter(w)}
}

func (d *jsonData) value(v *core.Value) error {
	between := ","
	if !d.begun {
		between, d.begun = `{"items":[`+"\n", true
	}
	if _, err := d.w.WriteString(between); err != nil {
		return err
	}
	return client.WriteJSON(d.w, showValue(v))
}

func (d *jsonData) flush() error { return d.w.Flush() }

func (d *jsonData) end() error {
	end := "]}\n"
	if !d.begun {
		end = `{"items":[]}` + "\n"
	}
	if _, err := d.w.WriteString(end); err != nil {
		return err
	}
	return d.w.Flush()
}
