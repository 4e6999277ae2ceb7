// Package ven is an OpenADR 2.0b virtual end node that speaks XMPP: a client
// library, and an example to read for those who write one of their own.
//
// A VEN's life is short to tell, and the files follow it:
//
//   - negotiate.go: it logs in to its XMPP server as an ordinary client, with
//     STARTTLS, by certificate or with SCRAM;
//   - session.go, cutter.go, stanza.go: from then on it exchanges stanzas; a
//     request is an IQ, its answer the IQ with the same id from the same JID;
//   - discover.go: it finds the VTN by service discovery, unless it was told;
//   - presence tells the server, and through it the VTN, that it is there;
//   - register.go: it registers and is given a venID and a registrationID;
//   - push.go, events.go: the VTN pushes every event that concerns it, all of
//     them in each push: what is missing is withdrawn;
//   - opt.go, schedule.go: it answers each event with optIn or optOut, may
//     change its mind later, and may say beforehand when it has no time;
//   - report.go, openreport.go, reporting.go: it registers what it can report
//     and sends what the VTN then asks for, when it is due;
//   - handler.go: a program may look at what is sent and asked, and change it;
//   - connect.go: it stays connected. After a break it logs in again, and asks
//     once for its events, because the VTN may not know yet that it is back.
//
// Nobody polls. A VEN that is connected and registered just waits.
//
//	v, err := ven.Dial(ctx, ven.Config{JID: "ven1@example.org", Password: secret})
//	if err != nil {
//		return err
//	}
//	defer v.Close(ctx)
//	_, err = v.Register(ctx)
//
// X-, G-, N-, E-, R- and P-numbers in comments are the rules of docs/RULES.md.
package ven
