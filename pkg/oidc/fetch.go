package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	fetchTimeout  = 2 * time.Second // for discovery and keys together
	maxBodyLength = 256 << 10       // bytes, of one answer
	maxRedirects  = 3
)

// fetcher fetches the keys of issuers.
type fetcher struct {
	client *http.Client
	now    func() time.Time
}

func newFetcher(transport http.RoundTripper, now func() time.Time) *fetcher {
	return &fetcher{client: &http.Client{Transport: transport, CheckRedirect: checkRedirect}, now: now}
}

// checkRedirect lets an issuer redirect to itself only: its host is what an
// operator has vouched for.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return errors.New("redirect to another host")
	}
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	return nil
}

// keySet fetches the issuer's keys.
func (f *fetcher) keySet(ctx context.Context, from source) (*keySet, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	url := from.keys
	if url == "" {
		var err error
		if url, err = f.discover(ctx, from.issuer); err != nil {
			return nil, fmt.Errorf("discover keys: %w", err)
		}
	}
	body, header, err := f.get(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	keys, err := parseKeys(body)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	return &keySet{keys: keys, fetched: f.now(), fresh: freshness(header)}, nil
}

// discover returns where the issuer says that its keys are (OpenID Connect
// Discovery, section 4).
func (f *fetcher) discover(ctx context.Context, issuer string) (string, error) {
	body, _, err := f.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	var document struct {
		Issuer  string `json:"issuer"`
		KeysURL string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return "", errors.New("answer is no discovery document")
	}
	if document.Issuer != issuer {
		return "", errors.New("discovery document is of another issuer")
	}
	if err := tenant.CheckKeysURL(document.KeysURL); err != nil {
		return "", err
	}
	if strings.HasPrefix(issuer, "https:") && !strings.HasPrefix(document.KeysURL, "https:") {
		return "", errors.New("jwks_uri does not begin with https")
	}
	return document.KeysURL, nil
}

func (f *fetcher) get(ctx context.Context, url string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	request.Header.Set("User-Agent", "rolecall")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("answer has status %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBodyLength+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > maxBodyLength {
		return nil, nil, errors.New("answer is too long")
	}
	return body, response.Header, nil
}

// freshness returns for how long keys need not be fetched again: an hour, or
// sooner if max-age of Cache-Control says so (RFC 9111 section 5.2.2.1).
func freshness(header http.Header) time.Duration {
	for value := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, age, _ := strings.Cut(strings.TrimSpace(value), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(age, `"`), 10, 31)
		if err != nil {
			return maxFresh
		}
		return min(max(time.Duration(seconds)*time.Second, minFresh), maxFresh)
	}
	return maxFresh
}
