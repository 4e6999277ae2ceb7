package oadr

// Codec reads and writes payloads within limits. It leaves signatures unread and signs
// nothing.
type Codec struct{ Limits Limits }

// Decode is [Decode].
func (c Codec) Decode(raw []byte) (*Payload, error) { return Decode(raw, c.Limits) }

// Append is [Append].
func (Codec) Append(dst []byte, f Form, m Message) []byte { return Append(dst, f, m) }
