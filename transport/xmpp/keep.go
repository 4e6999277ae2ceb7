package xmpp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"
	streamerror "mellium.im/xmpp/stream"
)

// keep keeps connection n: it connects, and again whenever the connection is lost,
// until ctx ends. It fails if the server refuses the component and never took it
// before. While no connection stands, connection 0 logs each of its failures, and
// all others log only the first of theirs in a row.
func (c *connections) keep(ctx context.Context, n int) error {
	log := c.log.With().Str("server", c.cfg.Server).Str("domain", c.domain).Logger()
	connected := false
	backoff := c.timing.backoff
	failures := 0
	at := func(level zerolog.Level) *zerolog.Event {
		if failures++; failures > 1 && (n > 0 || c.lines.count() > 0) {
			level = zerolog.DebugLevel
		}
		return log.WithLevel(level)
	}
	for ctx.Err() == nil {
		l, rest, err := c.dial(ctx)
		wait := spread(backoff)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				l.conn.Close()
			}
			return nil
		case err == nil:
			if connected {
				c.metrics.reconnects.Inc()
			}
			connected = true
			c.onTaken.Do(func() { close(c.taken) })
			log.Info().Str("service", c.service).Msg("connected to the XMPP server")
			if err = c.serve(ctx, l, rest); err == nil {
				log.Info().Msg("left the XMPP server")
				return nil
			}
			if errors.Is(err, errRenewed) {
				log.Info().Err(err).Msg("left the XMPP server, reconnecting")
				continue
			}
			// Connect ever less often to a server that soon ends each connection.
			if c.clock.Now().Sub(l.since) >= c.timing.most {
				backoff, failures = c.timing.backoff, 0
				wait = spread(backoff)
			}
			if errors.Is(err, streamerror.Conflict) {
				at(zerolog.ErrorLevel).Err(err).Dur("retryIn", wait).Msg(adviseConflict)
				break
			}
			at(zerolog.WarnLevel).Err(err).Dur("retryIn", wait).Msg("lost the XMPP server, reconnecting")
		case errors.Is(err, streamerror.Conflict):
			at(zerolog.ErrorLevel).Err(err).Dur("retryIn", wait).Msg(adviseConflict)
		case refused(err) && !c.everConnected():
			return c.refusal(err)
		case refused(err):
			at(zerolog.ErrorLevel).Err(c.refusal(err)).Dur("retryIn", wait).Msg("the XMPP server refuses the component, trying again")
		default:
			at(zerolog.WarnLevel).Err(err).Dur("retryIn", wait).Msg("no connection to the XMPP server, trying again; is it running, and is VTN_XMPP_SERVER its component listener?")
		}
		c.rest(ctx, wait)
		backoff = min(2*backoff, c.timing.most)
	}
	return nil
}

// adviseConflict is the log's advice where the server takes only one connection of a
// component, as Prosody does, and has one.
const adviseConflict = "the XMPP server has another connection of VTN_XMPP_DOMAIN and takes one only: another vtn-xmpp or another program serves the domain, or the server has not noticed yet that an earlier connection is gone. Run one vtn-xmpp for the domain, with VTN_XMPP_CONNECTIONS=1"

// everConnected reports whether the server ever took the component.
func (c *connections) everConnected() bool {
	select {
	case <-c.taken:
		return true
	default:
		return false
	}
}

// rest waits before the next attempt, until an attempt is wanted now or ctx ends.
func (c *connections) rest(ctx context.Context, d time.Duration) {
	timer, stop := c.clock.After(d)
	defer stop()
	select {
	case <-timer:
	case <-c.retry:
	case <-ctx.Done():
	}
}

// spread makes a random wait, so that connections that lost the same server do not
// all come back at once.
func spread(backoff time.Duration) time.Duration { return backoff/2 + rand.N(backoff/2+1) }

// refused reports whether the server does not want this component.
func refused(err error) bool {
	return errors.Is(err, streamerror.NotAuthorized) || errors.Is(err, streamerror.HostUnknown)
}

// refusal says which settings to check after the server refused the component.
func (c *connections) refusal(err error) error {
	return fmt.Errorf("the XMPP server at %s answers %w: either VTN_XMPP_SECRET is not the component's secret there, or VTN_XMPP_DOMAIN %q is not among the hosts of its component listener", c.cfg.Server, err, c.domain)
}
