package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// plainText converts the text of a file to UTF-8 without a byte order mark. Some
// editors save in UTF-16. plainText recognises that by its byte order mark, or by the
// zero byte in the first character, which is ASCII in all files read here.
func plainText(raw []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(raw, []byte{0, 0}):
		return nil, errors.New("is in UTF-32; save it in UTF-8")
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}), len(raw) > 1 && raw[0] != 0 && raw[1] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}), len(raw) > 1 && raw[0] == 0:
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(raw, []byte("\uFEFF")), nil
	}
	if len(raw)%2 != 0 {
		return nil, errors.New("is in UTF-16 and ends within a character; save it in UTF-8")
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	text := make([]byte, 0, len(units))
	for _, r := range utf16.Decode(units) {
		if r == utf8.RuneError {
			return nil, errors.New("is in UTF-16 and holds half a character; save it in UTF-8")
		}
		text = utf8.AppendRune(text, r)
	}
	return bytes.TrimPrefix(text, []byte("\uFEFF")), nil
}

// readText reads a file as [plainText].
func readText(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if raw, err = plainText(raw); err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return raw, nil
}

// plainXML is [plainText] for a document within limits. It removes the XML declaration
// if that names an encoding that the text no longer has.
func plainXML(raw []byte, limits oadr.Limits) ([]byte, error) {
	text, err := plainText(raw)
	switch {
	case err != nil:
		return nil, err
	case limits.TooLarge(text):
		return nil, fmt.Errorf("%w: over %d bytes", oadr.ErrTooLarge, limits.Size)
	case bytes.HasSuffix(raw, text): // it was in UTF-8
		return text, nil
	}
	return oadr.WithoutDeclaration(text), nil
}
