package oadr

import (
	"fmt"
	"slices"
	"strings"
)

// Values of oadrProfileName and oadrTransportName in the schema.
var (
	profileNames   = []string{Profile20a, Profile20b}
	transportNames = []string{TransportSimpleHTTP, TransportXMPP}
)

// CheckNames returns what is wrong if the message names a profile or a transport
// that the schema does not have, and nil otherwise. [Decode] accepts such names:
// VENs in the field send them, and the VTN decides what it offers.
func CheckNames(m Message) *InvalidError {
	switch m := m.(type) {
	case *CreatePartyRegistration:
		return checkNames(m.ProfileName, m.TransportName)
	case *CreatedPartyRegistration:
		for _, p := range m.Profiles {
			if wrong := checkNames(p.Name, p.Transports...); wrong != nil {
				return wrong
			}
		}
	}
	return nil
}

func checkNames(profile string, transports ...string) *InvalidError {
	if !slices.Contains(profileNames, profile) {
		return unknownName("oadrProfileName", profile, profileNames)
	}
	for _, t := range transports {
		if !slices.Contains(transportNames, t) {
			return unknownName("oadrTransportName", t, transportNames)
		}
	}
	return nil
}

func unknownName(element, name string, known []string) *InvalidError {
	return &InvalidError{Code: CodeInvalidData, Element: element, Reason: fmt.Sprintf("%.40q is none of %s", name, strings.Join(known, ", "))}
}
