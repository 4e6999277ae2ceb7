package oadr

// XML is one element kept as it was sent, because what it means is not
// OpenADR's: Green Button (atom:feed) and GML (gml:FeatureCollection). It stands
// alone, each namespace that it needs is declared in it, those around it in the
// payload included.
type XML string

// Namespaces of what is kept whole.
const (
	NSatom = "http://www.w3.org/2005/Atom"
	NSgml  = "http://www.opengis.net/gml/3.2"
)
