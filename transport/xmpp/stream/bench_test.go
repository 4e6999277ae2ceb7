package stream

import "testing"

// BenchmarkCutter cuts answers out of a stream.
func BenchmarkCutter(b *testing.B) {
	stanza := []byte("<iq xml:lang='en' to='vtn@vtn.example.org' from='ven1@example.org/client' type='result' id='e7-1'>" +
		"<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'><oadrSignedObject><oadrResponse xmlns:ei='http://docs.oasis-open.org/ns/energyinterop/201110' ei:schemaVersion='2.0b'><ei:eiResponse><ei:responseCode>200</ei:responseCode><ei:responseDescription>OK</ei:responseDescription><pyld:requestID xmlns:pyld='http://docs.oasis-open.org/ns/energyinterop/201110/payloads'>e7-1</pyld:requestID></ei:eiResponse><ei:venID>ven1</ei:venID></oadrResponse></oadrSignedObject></oadrPayload></iq>")
	c := NewCutter(endless{stanza, new(int)}, Limits{Size: 1 << 20, Depth: 64})
	for b.Loop() {
		if _, err := c.Next(); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(stanza)))
}

// endless is a stream of one stanza, again and again.
type endless struct {
	stanza []byte
	at     *int
}

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], e.stanza[*e.at:])
		n += k
		*e.at = (*e.at + k) % len(e.stanza)
	}
	return n, nil
}
