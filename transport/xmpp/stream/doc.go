// Package stream cuts an XMPP stream (RFC 6120) into stanzas and reads their
// elements without building a tree: a [Cutter] returns the bytes of one stanza
// at a time, an [Element] is slices of such bytes. The Append functions write
// XML that stays well-formed whatever the values hold.
package stream
