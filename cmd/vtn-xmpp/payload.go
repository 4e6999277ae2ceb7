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
	Check  payloadCheck  `cmd:"" help:"Say what payloads are and what is wrong with them."`
	Format payloadFormat `cmd:"" help:"Write payloads as the VTN would."`
}

// payloadFiles are the payloads that a command is given.
type payloadFiles struct {
	File       []string `arg:"" help:"XML of a payload, - for the standard input."`
	MaxPayload int      `name:"max-payload" env:"VTN_MAX_PAYLOAD" default:"${maxPayload}" help:"Largest payload, in bytes."`
}

type payloadCheck struct {
	payloadFiles
}

func (*payloadCheck) Help() string {
	return `A payload is read as the VTN reads it: an oadrPayload, an oadrSignedObject or a bare
message, in any order of elements and with any prefixes, signatures aside, in UTF-8 or
in a file that an editor saved in UTF-16. A value
that is missing, of the wrong type or impossible is named as in the answer, 459 or
454, that the VTN would give;
what is no payload is said in the words of its IQ error. Names of profiles and
transports must be the schema's, though the VTN takes the profile name xmpp, which
VENs in the field send, for 2.0b. Whether it would accept what the message asks for,
it alone can tell. The exit status is 0 if all are valid.

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
		row(w, "file", "message", "form", "venID", "requestID", "result")
		for _, p := range checked {
			row(w, p.File, p.Message, p.Form, p.VENID, p.RequestID, p.result())
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
no prefixes, times in UTC, durations in days and below, Green Button and GML as they
were. Signatures are left out, they would no longer hold. A payload that is not valid
is not written, and the reason told; the exit status is 0 if all are valid.

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
			if form, err = oadr.ParseForm(c.Form); err != nil {
				return err
			}
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

// checked is what a file was found to hold.
type checked struct {
	File      string `json:"file"`
	Message   string `json:"message,omitempty"` // its kind
	Form      string `json:"form,omitempty"`
	VENID     string `json:"venID,omitempty"`
	RequestID string `json:"requestID,omitempty"`
	Valid     bool   `json:"valid"`
	Element   string `json:"element,omitempty"` // what is wrong
	Reason    string `json:"reason,omitempty"`  // and why

	payload *oadr.Payload
}

// result says in one phrase whether the payload is valid.
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
	if _, unknown := m.(*oadr.Unknown); unknown {
		c.Element, c.Reason = c.Message, "is no message of OpenADR 2.0b"
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
	raw, err := io.ReadAll(io.LimitReader(in, 2*int64(limits.Raw())+4)) // in UTF-16 it is twice as long
	if err != nil {
		return nil, err
	}
	return plainXML(raw, limits)
}

// notValid are those that are not valid.
func notValid(all []checked) []checked {
	return slices.DeleteFunc(slices.Clone(all), func(c checked) bool { return c.Valid })
}

// wrong says how many payloads are not valid, and what the first of them lacks;
// what all of them lack was printed.
func wrong(all []checked) error {
	bad := notValid(all)
	if len(bad) < 2 {
		return unwritten(all)
	}
	return fmt.Errorf("%d of %d payloads are not valid, the first is %s: %s", len(bad), len(all), bad[0].File, bad[0].result())
}

// unwritten says of each payload that is not valid what it lacks.
func unwritten(all []checked) error {
	var errs []error
	for _, c := range notValid(all) {
		errs = append(errs, fmt.Errorf("%s is not valid: %s", c.File, c.result()))
	}
	return errors.Join(errs...)
}
