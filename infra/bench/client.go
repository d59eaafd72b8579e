package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// client calls the seeded tenants as their administrators.
type client struct {
	http    *http.Client
	baseURL string
}

func newClient(baseURL string) client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64} // no client opens a connection twice
	return client{http: &http.Client{Transport: transport, Timeout: 30 * time.Second}, baseURL: baseURL}
}

// call sends a request to a path that starts with the tenant, and answers the body.
// Any other status is an error.
func (c client) call(ctx context.Context, status int, method, path, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.baseURL+"/scim/"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	tenant, _, _ := strings.Cut(path, "/")
	request.Header.Set("Authorization", "Bearer dev-"+tenant+"-admin")
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode != status {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, content)
	}
	return content, nil
}

func roleBody(id string) string {
	return fmt.Sprintf(`{"id":%q,"name":"Role %s","description":"made to measure","updatePermissionSet":true}`, id, id)
}
