package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

// An endpoint that checks the signature of a request before it decides.
func ExampleSign() {
	const secret = "shared with VTN_WEBHOOK_SECRET"
	endpoint := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		header := r.Header.Get(webhook.SignatureHeader)
		seconds, _, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",")
		unix, err := strconv.ParseInt(seconds, 10, 64)
		at := time.Unix(unix, 0)
		if err != nil || time.Since(at).Abs() > 5*time.Minute || !hmac.Equal([]byte(header), []byte(webhook.Sign(secret, at, body))) {
			http.Error(w, "the signature is wrong, or old", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"accept": true, "groups": ["north"]}`)
	}

	body := []byte(`{"identity": {"transport": "xmpp", "identity": "ven1@example.org"}, "known": false}`)
	for _, signedWith := range []string{secret, "a guess"} {
		r := httptest.NewRequest(http.MethodPost, "/registrations", bytes.NewReader(body))
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(signedWith, time.Now(), body))
		w := httptest.NewRecorder()
		endpoint(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 {"accept": true, "groups": ["north"]}
	// 401 the signature is wrong, or old
}
