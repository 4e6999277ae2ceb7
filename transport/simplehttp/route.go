package simplehttp

import (
	"slices"
	"strings"
)

// Where the services are (rules H1, A1). Any prefix may stand before the base.
const (
	baseB = "/OpenADR2/Simple/2.0b"
	baseA = "/OpenADR2/Simple"
)

// servicesB are the services of 2.0b, each of which takes any message; serviceA is the one of 2.0a.
var servicesB = []string{"EiRegisterParty", "EiEvent", "EiReport", "EiOpt", "OadrPoll"}

const serviceA = "/EiEvent"

// served reports whether a path is that of a service.
func served(path string) bool { return servedB(path) || servedA(path) }

func servedB(path string) bool {
	slash := strings.LastIndexByte(path, '/')
	return slash >= 0 && strings.HasSuffix(path[:slash], baseB) && slices.Contains(servicesB, path[slash+1:])
}

// servedA reports whether a path is that of the service of 2.0a.
func servedA(path string) bool { return strings.HasSuffix(path, baseA+serviceA) }
