package xmpp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"mellium.im/xmpp/stream"
)

// Run keeps a connection to the server until ctx ends: then it finishes what is
// in flight, closes the stream and returns nil. It fails when the server refuses
// the component before it was ever connected, for that is a wrong setting. A
// component runs once.
func (c *Component) Run(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	defer c.stopWorking()
	defer c.drain()
	log := c.log.With().Str("server", c.cfg.Server).Str("domain", c.domain).Logger()
	connected := false
	backoff := c.timing.backoff
	for ctx.Err() == nil {
		l, rest, err := c.dial(ctx)
		wait := spread(backoff)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			log.Info().Str("service", c.service).Msg("connected to the XMPP server")
			if connected {
				c.metrics.reconnects.Inc()
			}
			connected = true
			if err = c.serve(ctx, l, rest); err == nil {
				log.Info().Msg("left the XMPP server")
				return nil
			}
			// A server that soon ends each connection is asked ever less often.
			if c.clock.Now().Sub(l.since) >= c.timing.most {
				backoff = c.timing.backoff
				wait = spread(backoff)
			}
			log.Warn().Err(err).Dur("retryIn", wait).Msg("lost the XMPP server, reconnecting")
		case refused(err) && !connected:
			return c.refusal(err)
		case refused(err):
			log.Error().Err(c.refusal(err)).Dur("retryIn", wait).Msg("the XMPP server refuses the component, trying again")
		default:
			log.Warn().Err(err).Dur("retryIn", wait).Msg("no connection to the XMPP server, trying again; is it running, and is VTN_XMPP_SERVER its component listener?")
		}
		c.pause(ctx, wait)
		backoff = min(2*backoff, c.timing.most)
	}
	return nil
}

// spread keeps components that lost the same server from coming back at once.
func spread(backoff time.Duration) time.Duration { return backoff/2 + rand.N(backoff/2+1) }

// refused reports whether the server does not want this component.
func refused(err error) bool {
	return errors.Is(err, stream.NotAuthorized) || errors.Is(err, stream.HostUnknown)
}

func (c *Component) refusal(err error) error {
	return fmt.Errorf("the XMPP server at %s answers %w: either VTN_XMPP_SECRET is not the component's secret there, or VTN_XMPP_DOMAIN %q is not among the hosts of its component listener", c.cfg.Server, err, c.domain)
}
