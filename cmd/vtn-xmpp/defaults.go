package main

import (
	"strconv"

	"github.com/alecthomas/kong"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// defaultListen is where the API listens, and where clients look for it.
const defaultListen = "127.0.0.1:8080"

// defaults are the defaults that flags share with each other or with a package, by
// the name that a flag's tag has for them.
var defaults = kong.Vars{
	"apiListen":       defaultListen,
	"inFlight":        strconv.Itoa(core.DefaultInFlight),
	"httpConnections": strconv.Itoa(simplehttp.DefaultConnections),
	"httpPoll":        oadr.FormatDuration(simplehttp.DefaultPoll),
	"journal":         strconv.Itoa(core.DefaultJournal),
	"maxPayload":      strconv.Itoa(oadr.DefaultLimits.Size),
	"rate":            strconv.Itoa(xmpp.DefaultRate),
	"work":            strconv.Itoa(lane.DefaultShare),
	"retention":       span(core.DefaultRetention).String(),
}
