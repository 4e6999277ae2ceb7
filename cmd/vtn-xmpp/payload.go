package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

type payloadCommands struct {
	Check  payloadCheck  `cmd:"" help:"Say what payloads contain and what is wrong with them."`
	Format payloadFormat `cmd:"" help:"Write payloads as the VTN would."`
}

// payloadFiles names the payloads for a command.
type payloadFiles struct {
	File       []string `arg:"" help:"File with the XML of a payload, - for the standard input."`
	MaxPayload int      `name:"max-payload" env:"VTN_MAX_PAYLOAD" default:"${maxPayload}" help:"Size of the largest payload, in bytes."`
}

type payloadCheck struct {
	payloadFiles
}

func (*payloadCheck) Help() string {
	return `A payload is read as the VTN reads it: an oadrPayload, an oadrSignedObject or a bare
message, of 2.0b or, bare alone, of 2.0a, with elements in any order and any prefixes,
in UTF-8, or in UTF-16 if an editor saved it so. Signatures are ignored. A value that is missing, of the wrong
type or impossible is named as in the VTN's answer, 459 or 454. What is not a payload
is described as in the VTN's IQ error. Names of profiles and transports must be those
of the schema, although the VTN takes the profile name xmpp, which VENs in the field
send, for 2.0b. Only the VTN can say whether it would accept what the message asks
for. The exit status is 0 if all payloads are valid.

Examples:

  vtn-xmpp payload check register.xml report.xml
  vtn-xmpp payload check -o json - < payload.xml`
}

func (c *payloadCheck) Run(o output) error {
	checked, err := c.check()
	if err != nil {
		return err
	}
	err = o.print(map[string]any{"items": checked}, func(w *tabwriter.Writer) {
		row(w, "file", "message", "form", "profile", "venID", "requestID", "result")
		for _, p := range checked {
			row(w, p.File, p.Message, p.Form, p.Profile, p.VENID, p.RequestID, p.result())
		}
	})
	return errors.Join(err, wrong(checked))
}

type payloadFormat struct {
	payloadFiles
	Form string `enum:"as-is,oadrPayload,oadrSignedObject,message" default:"as-is" help:"Outermost element: ${enum}."`
}

func (*payloadFormat) Help() string {
	return `Payloads are written as compact XML, one after another: elements in the schema's order,
without prefixes, times in UTC, durations in days and smaller units, Green Button and
GML unchanged. Those of 2.0a stay bare. Signatures are left out, because they would no longer be valid. For a
payload that is not valid, the reason is printed instead. The exit status is 0 if all
payloads are valid.

Examples:

  vtn-xmpp payload format report.xml
  vtn-xmpp payload format --form oadrPayload - < message.xml`
}

func (c *payloadFormat) Run(o output) error {
	checked, err := c.check()
	if err != nil {
		return err
	}
	written := []formatted{}
	for _, p := range checked {
		if !p.Valid {
			continue
		}
		form := p.payload.Form
		if c.Form != "as-is" {
			wanted, err := oadr.ParseForm(c.Form)
			if err != nil {
				return err
			}
			form.Root = wanted.Root
		}
		written = append(written, formatted{p.File, string(oadr.Append(nil, form, p.payload.Message))})
	}
	err = o.print(map[string]any{"items": written}, func(w *tabwriter.Writer) {
		for _, f := range written {
			fmt.Println(f.Payload)
		}
	})
	return errors.Join(err, unwritten(checked))
}

// formatted is a payload as the VTN would write it.
type formatted struct {
	File    string `json:"file"`
	Payload string `json:"payload"`
}

// checked is the result of checking a file.
type checked struct {
	File      string `json:"file"`
	Message   string `json:"message,omitempty"` // its kind
	Form      string `json:"form,omitempty"`
	Profile   string `json:"profile,omitempty"` // 2.0a; absent: 2.0b
	VENID     string `json:"venID,omitempty"`
	RequestID string `json:"requestID,omitempty"`
	Valid     bool   `json:"valid"`
	Element   string `json:"element,omitempty"` // what is wrong
	Reason    string `json:"reason,omitempty"`  // and why

	payload *oadr.Payload
}

// result reports whether the payload is valid, or else what is wrong.
func (c checked) result() string {
	switch {
	case c.Valid:
		return "valid"
	case c.Element != "":
		return c.Element + " " + c.Reason
	}
	return c.Reason
}

// check reads and decodes all files.
func (f *payloadFiles) check() ([]checked, error) {
	if f.MaxPayload < 1 {
		return nil, fmt.Errorf("--max-payload is %d, and must be more than 0", f.MaxPayload)
	}
	var all []checked
	for _, file := range f.File {
		all = append(all, checkPayload(file, f.MaxPayload))
	}
	return all, nil
}

func checkPayload(file string, size int) checked {
	c := checked{File: file}
	limits := oadr.Limits{Size: size, Depth: oadr.DefaultLimits.Depth}
	raw, err := readPayload(file, limits)
	if err == nil {
		c.payload, err = oadr.Decode(raw, limits)
	}
	if err != nil {
		c.Reason = err.Error()
		return c
	}
	m := c.payload.Message
	c.Message, c.Form, c.VENID, c.RequestID = string(m.Kind()), c.payload.Form.String(), m.Sender(), m.Request()
	profile := oadr.Profile20b
	if c.payload.Form.Profile == oadr.ProfileA {
		profile, c.Profile = oadr.Profile20a, oadr.Profile20a
	}
	if _, unknown := m.(*oadr.Unknown); unknown {
		c.Element, c.Reason = c.Message, "is not a message of OpenADR "+profile
		return c
	}
	if invalid := c.payload.Invalid; invalid != nil {
		c.Element, c.Reason = invalid.Element, invalid.Reason
		return c
	}
	if name := oadr.CheckNames(m); name != nil {
		c.Element, c.Reason = name.Element, name.Reason
		return c
	}
	c.Valid = true
	return c
}

// readPayload reads a file, or the standard input for "-".
func readPayload(file string, limits oadr.Limits) ([]byte, error) {
	in := os.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, 2*int64(limits.Raw())+4)) // UTF-16 is twice as long
	if err != nil {
		return nil, err
	}
	return plainXML(raw, limits)
}

// notValid lists the payloads that are not valid.
func notValid(all []checked) []checked {
	return slices.DeleteFunc(slices.Clone(all), func(c checked) bool { return c.Valid })
}

// wrong says how many payloads are not valid, and what is wrong with the first. The
// results of all were printed.
func wrong(all []checked) error {
	bad := notValid(all)
	if len(bad) < 2 {
		return unwritten(all)
	}
	return fmt.Errorf("%d of %d payloads are not valid, the first is %s: %s", len(bad), len(all), bad[0].File, bad[0].result())
}

// unwritten says what is wrong with each payload that is not valid.
func unwritten(all []checked) error {
	var errs []error
	for _, c := range notValid(all) {
		errs = append(errs, fmt.Errorf("%s is not valid: %s", c.File, c.result()))
	}
	return errors.Join(errs...)
}
