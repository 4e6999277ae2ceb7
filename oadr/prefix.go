package oadr

import "strings"

// This package names elements as the specification's examples do, with the usual
// prefix of their namespace: "ei:venID". The prefix on the wire does not matter
// (rule G5) and is not written, except by [writer.prefixed].

// namespaceOf returns the namespace that usually has the prefix.
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

// localName returns an element's name without its prefix.
func localName(name string) string {
	return name[strings.IndexByte(name, ':')+1:]
}
