package oadr

// XML is an element kept as it was sent, because OpenADR does not define its
// content: Green Button data (atom:feed) and GML (gml:FeatureCollection). It can
// stand alone: it declares each namespace that it needs, including those that the
// payload declared around it.
type XML string

// Namespaces of elements that are kept as they were sent.
const (
	NSatom = "http://www.w3.org/2005/Atom"
	NSgml  = "http://www.opengis.net/gml/3.2"
)
