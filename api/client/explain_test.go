package client

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// webPage answers with a page for people.
func webPage(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, "<html><body>hello</body></html>")
	}
}

// plain is the URL of a server without TLS.
func plain(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// secured is the URL of a server with a certificate that nobody trusts.
func secured(t *testing.T) string {
	s := httptest.NewUnstartedServer(webPage(200))
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// raw is the URL of a server that answers with these bytes; with none it does not
// answer.
func raw(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Read(make([]byte, 4096))
				if answer == "" {
					io.Copy(io.Discard, conn) // until the client is gone
				}
				io.WriteString(conn, answer)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestWhatIsNotTheAPIIsExplained: an error says what answers instead of the API and
// what to do, for lists, downloads and health alike.
func TestWhatIsNotTheAPIIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		url   string
		words []string
	}{
		"a page":                     {plain(t, webPage(200)), []string{"text/html", "VTN_API_URL"}},
		"a page that is not there":   {plain(t, webPage(404)), []string{"404", "something else than a VTN", "VTN_API_URL"}},
		"a login page":               {plain(t, webPage(302, "Location", "https://sso.example.org/?token=x")), []string{"302", "https://sso.example.org/", "VTN_API_URL"}},
		"a proxy before nobody":      {plain(t, webPage(502, "Server", "nginx")), []string{"502", "nginx", "does not reach the VTN"}},
		"a proxy that waits no more": {plain(t, webPage(504)), []string{"504", "does not reach the VTN"}},
		"a proxy's own login":        {plain(t, webPage(401)), []string{"401", "something else than a VTN"}},
		"plain HTTP to TLS":          {strings.Replace(secured(t), "https://", "http://", 1), []string{"https://"}},
		"TLS to plain HTTP":          {strings.Replace(plain(t, webPage(200)), "http://", "https://", 1), []string{"write http://"}},
		"an unknown authority":       {secured(t), []string{"not trusted", "SSL_CERT_FILE"}},
		"a mail server":              {raw(t, "220 mail.example.org ESMTP\r\n"), []string{"no HTTP"}},
		"nobody there":               {"http://127.0.0.1:1", []string{"is it running there?"}},
		"no such name":               {"http://nowhere.invalid", []string{"the name is right"}},
		"silence":                    {raw(t, ""), []string{"took too long"}},
		"a connection that ends":     {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New(c.url, "token")
			if name == "silence" {
				api.api.http.Timeout = 50 * time.Millisecond
			}
			var saved bytes.Buffer
			_, list := api.ListVENs(t.Context(), VENFilter{}, "", 0)
			explains(t, "list", list, c.url, c.words)
			explains(t, "download", api.DownloadReportData(t.Context(), DataSource{ReportRequestID: "r"}, DataFilter{}, FormatCSV, &saved), c.url, c.words)
			_, ready := api.Ready(t.Context())
			if strings.HasPrefix(name, "a page") { // health says it in other words
				c.words = nil
			}
			explains(t, "health", ready, c.url, c.words)
			if strings.Contains(saved.String(), "html") {
				t.Errorf("saved as data: %s", saved.String())
			}
		})
	}
}

// explains checks that err says all words, and names the URL.
func explains(t *testing.T, what string, err error, url string, words []string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: taken for an answer", what)
		return
	}
	if len(words) == 0 {
		return
	}
	for _, word := range append([]string{url}, words...) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s does not say %q: %v", what, word, err)
		}
	}
}

func TestURLsOfAnAPI(t *testing.T) {
	for url, word := range map[string]string{
		"http://127.0.0.1:8080": "", "https://vtn.example.org/vtn/": "", "http://[::1]:8080": "", "http://vtn": "",
		"127.0.0.1:8080": "write http://127.0.0.1:8080", "localhost:8080": "write http://localhost:8080", "vtn.example.org": "write http://vtn.example.org",
		"//vtn.example.org": "write http://vtn.example.org", "http:/vtn": "http://", "http//vtn": "http://", ":8080": "http://",
		"ftp://vtn": "http://", "postgres://vtn": "http://", "http://": "no host", "http://:8080": "no host", "http:///api": "no host",
		"http://vtn:port": "not a URL", "http://vtn vtn": "not a URL", "http://me:secret@vtn": "user name", "http://vtn/?a=b": "?", "http://vtn/#a": "#", "": "http://",
	} {
		err := CheckURL(url)
		if word == "" && err != nil || word != "" && (err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: %v, want %q", url, err, word)
		}
	}
}

// TestWrongTokenIsNotAMissingOne: the errors differ.
func TestWrongTokenIsNotAMissingOne(t *testing.T) {
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"title": "Unauthorized", "status": 401, "detail": "x"}`)
	}))
	defer guarded.Close()
	for token, words := range map[string][]string{"": {"wants a token", "VTN_API_TOKEN_FILE"}, "other": {"does not take the token", "another VTN's", "VTN_API_TOKEN_FILE"}} {
		_, err := New(guarded.URL, token).GetVEN(t.Context(), "x")
		for _, word := range append(words, guarded.URL) {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("token %q: %v does not say %q", token, err, word)
			}
		}
	}
}
