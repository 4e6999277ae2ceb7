package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// connected is ready while at least one connection to the XMPP server stands.
func (c *serveCommand) connected(component *xmpp.Component) api.Part {
	p := api.Part{Name: "xmpp", Check: func(context.Context) error {
		if component.Ready() {
			return nil
		}
		return errors.New("is not connected to the XMPP server: see that it runs, and VTN_XMPP_SERVER; the log says more")
	}}
	if c.XMPPConnections > 1 {
		p.Note = func() string {
			standing, wanted := component.Connections()
			return fmt.Sprintf("%d of %d connections stand", standing, wanted)
		}
	}
	return p
}

// listening is ready while VENs that use simpleHttp can connect.
func listening(web *simplehttp.Transport) api.Part {
	return api.Part{Name: "http", Check: func(context.Context) error { return web.Ready() }}
}

// writable is ready while the store can be written. The exact error may name hosts
// and users, so it goes to the log only.
func writable(reg core.Registry, log zerolog.Logger) api.Part {
	return api.Part{Name: "store", Check: func(ctx context.Context) error {
		var words registry.Trouble
		switch err := reg.Ping(ctx); {
		case errors.As(err, &words):
			log.Debug().Err(err).Msg("the store cannot be used")
			return words
		case err != nil:
			log.Debug().Err(err).Msg("the store cannot be written")
			return errors.New("cannot be written: see VTN_STORE, free space and permissions; the log says more")
		}
		return nil
	}}
}
