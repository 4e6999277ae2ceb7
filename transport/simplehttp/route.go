package simplehttp

import "strings"

// Where the services are (rules H1, A1). Any prefix may stand before the base.
const (
	baseB = "/OpenADR2/Simple/2.0b"
	baseA = "/OpenADR2/Simple"
)

// services are the URLs of each base. Any of them takes any message of its profile and the other's.
var services = map[string][]string{
	baseB: {"EiRegisterParty", "EiEvent", "EiReport", "EiOpt", "OadrPoll"},
	baseA: {"EiEvent"},
}

// servedA reports whether a path is that of a service of 2.0a.
func servedA(path string) bool { return strings.HasSuffix(path, baseA+"/"+services[baseA][0]) }

// served reports whether a path is that of a service.
func served(path string) bool {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return false
	}
	base := baseB
	if !strings.HasSuffix(path[:slash], baseB) {
		if base = baseA; !strings.HasSuffix(path[:slash], baseA) {
			return false
		}
	}
	for _, name := range services[base] {
		if path[slash+1:] == name {
			return true
		}
	}
	return false
}
