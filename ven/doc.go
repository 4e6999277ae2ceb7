// Package ven is an OpenADR 2.0 virtual end node (VEN) that speaks XMPP or simple HTTP: a
// client library, and an example for those who write a VEN of their own.
//
// [Dial] returns a [VEN] that is logged in and has found its VTN; [VEN.Register]
// registers it. From then on it waits: the VTN pushes events, and the VEN answers
// them as [Config.Decide] says and tells its program of them through the functions
// of its [Config]. Over XMPP nobody polls; over HTTP a VEN polls or listens, see [HTTP].
// After a break the VEN connects again by itself.
//
// The parts of a VEN, and the files they are in:
//
//   - link.go, connect.go: what the VEN needs of a transport, and links one after another;
//   - xmpp.go, xmpplink.go, xmppserve.go, discover.go: over XMPP the discovery of the VTN,
//     and presence, which tells the VTN that the VEN is there;
//   - negotiate.go: the login to the XMPP server as an ordinary client, with
//     STARTTLS, by certificate or with SCRAM;
//   - session.go, cutter.go, stanza.go: one stream of stanzas to the server; a
//     request is an IQ, its answer the IQ with the same id from the same JID;
//   - http.go, httplink.go, httppoll.go, httplisten.go, httptls.go: over HTTP the requests
//     to the VTN, polls, the listener for pushes, and certificates;
//   - send.go, serve.go, handler.go, codec.go: the messages to the VTN and the requests
//     from it, which a program may inspect and change;
//   - register.go: EiRegisterParty. The VEN is given a venID and a registrationID;
//   - events.go, eventset.go, answer.go: EiEvent. Each push holds all events that
//     concern the VEN; an event that is missing was withdrawn. The VEN answers each
//     with optIn or optOut;
//   - opt.go, schedule.go: EiOpt. The VEN may opt for parts of itself, and may say
//     beforehand when it cannot take part;
//   - report.go, openreport.go, reporting.go, reportserve.go, reportset.go,
//     reportvalues.go, metadata.go: EiReport. The VEN registers what it can report
//     and sends what the VTN asks for, when it is due.
//
// X-, G-, N-, E-, R-, P-, H-, T-, S- and A-numbers in comments are the rules of docs/RULES.md.
package ven
