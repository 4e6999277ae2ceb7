package oadr

// XML is one element kept as it was sent because what it means is not
// OpenADR's: Green Button (atom:feed) and GML (gml:FeatureCollection). It
// stands alone: every namespace that it needs is declared in it.
type XML string
