package webhook

import "github.com/vtn-xmpp/vtn-xmpp/core"

// application is the body of a request.
type application struct {
	Identity       identity `json:"identity"`
	Known          bool     `json:"known"`
	VENID          string   `json:"venID"`
	VENName        string   `json:"venName"`
	RegistrationID string   `json:"registrationID"`
	Profile        string   `json:"profile"`
	Transport      string   `json:"transport"`
	Address        string   `json:"address"`
	ReportOnly     bool     `json:"reportOnly"`
	RequestID      string   `json:"requestID"`
}

type identity struct {
	Transport string `json:"transport"`
	Identity  string `json:"identity"`
}

func question(a core.Application) application {
	return application{
		Identity: identity{a.Identity.Transport, a.Identity.Name}, Known: a.Known, VENID: a.VENID, VENName: a.VENName, RegistrationID: a.RegistrationID,
		Profile: a.Profile, Transport: a.Transport, Address: a.Address, ReportOnly: a.ReportOnly, RequestID: a.RequestID,
	}
}
