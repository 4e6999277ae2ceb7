package oadr

import "strings"

// Elements are named in this package the way the specification's examples name
// them, by the customary prefix of their namespace: "ei:venID". The prefix on
// the wire does not matter (rule G5) and is not written, but see [writer.prefixed].

// namespaceOf is the namespace of a customary prefix.
func namespaceOf(prefix string) string {
	switch prefix {
	case "oadr":
		return NS
	case "ei":
		return NSei
	case "pyld":
		return NSpyld
	case "emix":
		return NSemix
	case "power":
		return NSpower
	case "scale":
		return NSscale
	case "xcal":
		return NSxcal
	case "strm":
		return NSstream
	}
	return ""
}

// localName is an element's name without its prefix.
func localName(name string) string {
	return name[strings.IndexByte(name, ':')+1:]
}
