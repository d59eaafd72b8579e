package oidc_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// transport trusts every server of these tests.
func transport(t *testing.T) *http.Transport {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // the servers' certificates are made for tests
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func tlsServer(t *testing.T, routes map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for path, handler := range routes {
		mux.HandleFunc(path, handler)
	}
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func page(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func at(url string) (tenant.Issuer, string) {
	issuer := newIssuer()
	issuer.URL, issuer.KeysURL = url, ""
	return issuer, edSigner.token(goodClaims().with("iss", url))
}

// TestDiscovery: over HTTP, from an issuer's URL to the keys.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	keys := tlsServer(t, map[string]http.HandlerFunc{"/keys": page(jwks(edSigner))})
	plain := httptest.NewServer(page(jwks(edSigner)))
	t.Cleanup(plain.Close)
	for _, test := range []struct {
		name     string
		path     string // of the issuer's URL
		document func(url string) any
		ok       bool
	}{
		{"host", "", func(url string) any { return object{"issuer": url, "jwks_uri": url + "/keys"} }, true},
		{"host with slash", "/", func(url string) any { return object{"issuer": url, "jwks_uri": url + "keys"} }, true},
		{"path", "/realm", func(url string) any { return object{"issuer": url, "jwks_uri": keys.URL + "/keys"} }, true},
		{"path with slash", "/realm/", func(url string) any { return object{"issuer": url, "jwks_uri": keys.URL + "/keys"} }, true},
		{"keys elsewhere", "", func(url string) any { return object{"issuer": url, "jwks_uri": keys.URL + "/keys"} }, true},
		{"issuer with slash", "", func(url string) any { return object{"issuer": url + "/", "jwks_uri": keys.URL + "/keys"} }, false},
		{"issuer in other case", "/realm", func(url string) any { return object{"issuer": strings.ToUpper(url), "jwks_uri": keys.URL + "/keys"} }, false},
		{"other issuer", "", func(string) any { return object{"issuer": issuerURL, "jwks_uri": keys.URL + "/keys"} }, false},
		{"no issuer", "", func(string) any { return object{"jwks_uri": keys.URL + "/keys"} }, false},
		{"issuer twice", "", func(url string) any {
			return `{"issuer":"https://other.example","issuer":"` + url + `","jwks_uri":"` + keys.URL + `/keys"}`
		}, false},
		{"no keys", "", func(url string) any { return object{"issuer": url} }, false},
		{"keys over http", "", func(url string) any { return object{"issuer": url, "jwks_uri": "http://keys.example/keys"} }, false},
		{"keys over http on this machine", "", func(url string) any { return object{"issuer": url, "jwks_uri": plain.URL} }, false},
		{"keys in a file", "", func(url string) any { return object{"issuer": url, "jwks_uri": "file:///etc/keys"} }, false},
		{"keys with a password", "", func(url string) any {
			return object{"issuer": url, "jwks_uri": strings.Replace(keys.URL, "https://", "https://user:secret@", 1) + "/keys"}
		}, false},
		{"no document", "", func(string) any { return "[]" }, false},
	} {
		var document string
		server := tlsServer(t, map[string]http.HandlerFunc{
			strings.TrimSuffix(test.path, "/") + "/.well-known/openid-configuration": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) },
			"/keys": page(jwks(edSigner)),
		})
		if d, ok := test.document(server.URL + test.path).(string); ok {
			document = d
		} else {
			document = text(test.document(server.URL + test.path))
		}
		issuer, token := at(server.URL + test.path)
		_, err := oidc.New(transport(t), theTime).Verify(t.Context(), issuer, token)
		if test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestDiscoveryOnThisMachine: all over http, to try it.
func TestDiscoveryOnThisMachine(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", page(text(object{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})))
	mux.HandleFunc("/keys", page(jwks(edSigner)))
	issuer, token := at(server.URL)
	if _, err := oidc.New(transport(t), theTime).Verify(t.Context(), issuer, token); err != nil {
		t.Error(err)
	}
}

// TestDiscoveryURL: the slash at an issuer's end does not count (OpenID Connect
// Discovery, section 4.1).
func TestDiscoveryURL(t *testing.T) {
	t.Parallel()
	for issuerURL, documentURL := range map[string]string{
		"https://login.acme.example":        "https://login.acme.example/.well-known/openid-configuration",
		"https://login.acme.example/":       "https://login.acme.example/.well-known/openid-configuration",
		"https://login.acme.example/realm":  "https://login.acme.example/realm/.well-known/openid-configuration",
		"https://login.acme.example/realm/": "https://login.acme.example/realm/.well-known/openid-configuration",
	} {
		site := siteOf(map[string]string{documentURL: text(object{"issuer": issuerURL, "jwks_uri": keysURL}), keysURL: jwks(edSigner)})
		issuer, token := at(issuerURL)
		if _, err := oidc.New(site, theTime).Verify(t.Context(), issuer, token); err != nil {
			t.Errorf("%s: %v", issuerURL, err)
		}
	}
}

// TestRedirects: none leads to http, and there are three at most.
func TestRedirects(t *testing.T) {
	t.Parallel()
	plainURL := strings.Replace(keysURL, "https:", "http:", 1)
	site := siteOf(map[string]string{plainURL: jwks(edSigner)})
	for _, target := range []string{plainURL, keysURL} {
		site.handle(keysURL, http.RedirectHandler(target, http.StatusFound).ServeHTTP)
		if _, err := verify(t, oidc.New(site, theTime), edSigner.token(goodClaims())); !errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("redirect to %s: %v", target, err)
		}
	}
	if site.count(plainURL) != 0 || site.count(keysURL) != 1+4 {
		t.Errorf("%d requests by http, %d by https", site.count(plainURL), site.count(keysURL))
	}
}

// TestFetch: what an issuer may answer instead of keys, and what it may not.
func TestFetch(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 100)
	other := tlsServer(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		fmt.Fprint(w, jwks(edSigner))
	}})
	plain := httptest.NewServer(other.Config.Handler)
	t.Cleanup(plain.Close)
	redirect := func(url string) http.HandlerFunc { return http.RedirectHandler(url, http.StatusFound).ServeHTTP }
	full := jwks(edSigner)
	server := tlsServer(t, map[string]http.HandlerFunc{
		"/keys":        page(full),
		"/moved":       redirect("/keys"),
		"/moved/twice": redirect("/moved"),
		"/circle":      redirect("/circle"),
		"/other":       redirect(other.URL + "/redirect"),
		"/plain":       redirect(plain.URL + "/redirect"),
		"/file":        redirect("file:///etc/passwd"),
		"/longest":     page(full + strings.Repeat(" ", 256<<10-len(full))),
		"/too-long":    page(full + strings.Repeat(" ", 256<<10-len(full)+1)),
		"/endless":     func(w http.ResponseWriter, _ *http.Request) { endless(w) },
		"/cut":         page(full[:len(full)-1]),
		"/two":         page(full + full),
		"/empty":       page(""),
		"/null":        page("null"),
		"/array":       page("[]"),
		"/no-keys":     page("{}"),
		"/keys-null":   page(`{"keys":null}`),
		"/keys-object": page(`{"keys":{}}`),
		"/keys-twice":  page(`{"keys":[],` + full[1:]),
		"/nested":      page(`{"keys":` + strings.Repeat("[", 200_000)),
		"/nested-key":  page(`{"keys":[` + strings.Repeat(`{"a":`, 40_000) + "1" + strings.Repeat("}", 40_000) + "]}"),
		"/html":        page("<html></html>"),
		"/no-content":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/created":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated); fmt.Fprint(w, full) },
		"/not-found":   http.NotFound,
		"/hangs-up":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"/shorter-than": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			fmt.Fprint(w, full)
		},
		"/unknown-member": page(`{"other":[],` + full[1:]),
	})
	for path, want := range map[string]error{
		"/keys": nil, "/moved": nil, "/moved/twice": nil, "/longest": nil, "/unknown-member": nil,
		"/circle": oidc.ErrUnavailable, "/other": oidc.ErrUnavailable, "/plain": oidc.ErrUnavailable, "/file": oidc.ErrUnavailable,
		"/too-long": oidc.ErrUnavailable, "/endless": oidc.ErrUnavailable, "/cut": oidc.ErrUnavailable, "/two": oidc.ErrUnavailable,
		"/empty": oidc.ErrUnavailable, "/null": oidc.ErrUnavailable, "/array": oidc.ErrUnavailable, "/no-keys": oidc.ErrUnavailable,
		"/keys-null": oidc.ErrUnavailable, "/keys-object": oidc.ErrUnavailable, "/keys-twice": oidc.ErrUnavailable,
		"/nested": oidc.ErrUnavailable, "/nested-key": oidc.ErrUnavailable, "/html": oidc.ErrUnavailable, "/no-content": oidc.ErrUnavailable,
		"/created": oidc.ErrUnavailable, "/not-found": oidc.ErrUnavailable, "/hangs-up": oidc.ErrUnavailable, "/shorter-than": oidc.ErrUnavailable,
	} {
		issuer := newIssuer()
		issuer.KeysURL = server.URL + path
		token := edSigner.token(goodClaims())
		_, err := oidc.New(transport(t), theTime).Verify(t.Context(), issuer, token)
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error holds the token: %v", path, err)
		}
	}
	if len(asked) > 0 {
		t.Errorf("a redirect to another host was followed: %s", <-asked)
	}
}

func endless(w http.ResponseWriter) {
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return
		}
	}
}

// TestConnectionRefused: nobody listens there.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	server := tlsServer(t, nil)
	issuer, token := at(server.URL)
	server.Close()
	start := time.Now()
	if _, err := oidc.New(transport(t), theTime).Verify(t.Context(), issuer, token); !errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// TestUntrustedCertificate: keys come over TLS that is checked.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := tlsServer(t, map[string]http.HandlerFunc{"/keys": page(jwks(edSigner))})
	issuer := newIssuer()
	issuer.KeysURL = server.URL + "/keys"
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	if _, err := oidc.New(tr, theTime).Verify(t.Context(), issuer, edSigner.token(goodClaims())); !errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
