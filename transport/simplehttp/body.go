package simplehttp

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

var (
	errBroken   = errors.New("the body did not come to its end")
	errEncoding = errors.New("the body cannot be read")
)

// charsetOf reads the Content-Type of a request (rule H3). ok is false for one that is no
// XML.
func charsetOf(header http.Header) (charset string, ok bool) {
	values := header["Content-Type"]
	if len(values) == 0 {
		return "", true
	}
	if len(values) > 1 {
		return "", false
	}
	switch values[0] {
	case "application/xml", "text/xml", "":
		return "", true
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", false
	}
	switch kind {
	case "application/xml", "text/xml", "text/plain":
		return parameters["charset"], true
	}
	return "", false
}

// firstRoom is the room that a body has before anything of it came, so that nobody takes
// much by only announcing much.
const firstRoom = 4 << 10

// body reads the body of a request, which says its length, as it arrived. room is asked
// before more memory is taken.
func body(r *http.Request, room func(int) error) ([]byte, error) {
	length := int(r.ContentLength)
	buffer := make([]byte, min(length, firstRoom))
	read := 0
	if err := room(len(buffer)); err != nil {
		return nil, err
	}
	for {
		n, err := io.ReadFull(r.Body, buffer[read:])
		if read += n; err != nil {
			return nil, fmt.Errorf("%w: %d of %d bytes: %w", errBroken, read, length, err)
		}
		if read == length {
			return buffer, nil
		}
		more := min(length-read, read)
		if err := room(more); err != nil {
			return nil, err
		}
		longer := make([]byte, read+more)
		copy(longer, buffer)
		buffer = longer
	}
}

// unpacked returns what a body holds, whatever it is compressed with. It reads no more than the limit.
func unpacked(packed []byte, coding string, limit int) ([]byte, error) {
	var r io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "identity":
		return packed, nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(packed))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(packed))
	default:
		return nil, fmt.Errorf("%w: Content-Encoding %.40q is none of gzip, deflate", errEncoding, excerpt.Of(coding))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEncoding, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case len(out) > limit:
		return nil, fmt.Errorf("%w: over %d bytes when unpacked", oadr.ErrTooLarge, limit)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errEncoding, err)
	}
	return out, nil
}
