package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/bodysign"
	"github.com/vtn-xmpp/vtn-xmpp/internal/reach"
)

// Bounds of one request.
const (
	postTime   = 10 * time.Second // from the look-up of the name to the end of the answer
	maxEntries = 500
	maxBody    = 256 << 10 // bytes, unless one entry is larger
	maxAnswer  = 64 << 10  // bytes
	maxHeader  = 16 << 10  // bytes
)

// newClient makes a client that reaches no private hosts unless it may, and follows no
// redirects: a request that is signed for one endpoint must not reach another.
func newClient(private bool) *http.Client {
	policy := reach.Policy{Private: private, Setting: "VTN_NOTIFY_PRIVATE", Whom: "a webhook"}
	dialer := &net.Dialer{Timeout: postTime, Control: policy.Control}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil // it would connect for us
	t.DialContext = dialer.DialContext
	t.MaxResponseHeaderBytes = maxHeader
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = 1
	return &http.Client{
		Timeout:       postTime,
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errGone means that the endpoint wants nothing any more.
var errGone = errors.New("the endpoint answered 410: it wants nothing any more")

// post sends a body. Its errors do not show the URL, whose query may be secret.
func (n *Notifier) post(ctx context.Context, w *core.Webhook, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vtn-xmpp/"+n.cfg.Version)
	req.Header.Set("VTN-Webhook", w.WebhookID)
	req.Header.Set(bodysign.Header, bodysign.Sign(w.Secret, n.cfg.Clock.Now(), body))
	resp, err := n.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return err
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
		return fmt.Errorf("the endpoint's answer broke off: %w", err)
	} else if n > maxAnswer {
		return fmt.Errorf("the endpoint's answer has more than %d bytes", maxAnswer)
	}
	switch {
	case resp.StatusCode == http.StatusGone:
		return errGone
	case resp.StatusCode/100 == 3:
		return fmt.Errorf("the endpoint answered %d, and redirects are not followed: give the webhook the URL that it leads to", resp.StatusCode)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("the endpoint answered %d, not 2xx", resp.StatusCode)
	}
	return nil
}
