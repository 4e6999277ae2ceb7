package oadr

import "strings"

// Elements are named in this package the way the specification's examples name
// them, by the customary prefix of their namespace: "ei:venID". The prefix on
// the wire does not matter (rule G5) and is never written.

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

// prefixOf is the customary prefix of a namespace, empty for a namespace that
// no message of this package uses.
func prefixOf(namespace string) string {
	switch namespace {
	case NS:
		return "oadr"
	case NSei:
		return "ei"
	case NSpyld:
		return "pyld"
	case NSemix:
		return "emix"
	case NSpower:
		return "power"
	case NSscale:
		return "scale"
	case NSxcal:
		return "xcal"
	case NSstream:
		return "strm"
	}
	return ""
}

// localName is an element's name without its prefix.
func localName(name string) string {
	return name[strings.IndexByte(name, ':')+1:]
}
