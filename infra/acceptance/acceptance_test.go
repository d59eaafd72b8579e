// Package acceptance_test runs the whole service, compiled functions and all,
// and looks at it from outside.
package acceptance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
)

const root = "../.."

// binaries are the compiled functions, shared by all tests.
var binaries string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rolecall-functions-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// service is a running, seeded service.
type service struct{ *stack.Stack }

func start(t *testing.T, dataDir string) service {
	t.Helper()
	return startWith(t, stack.Options{DataDir: dataDir})
}

func startWith(t *testing.T, options stack.Options) service {
	t.Helper()
	options.Root, options.BinDir = root, binaries
	if options.Parameters == nil {
		options.Parameters = map[string]string{}
	}
	if options.Parameters["LoweredRateLimit"] == "" { // where it is not what is looked at, it is not in the way
		options.Parameters["LoweredRateLimit"], options.Parameters["LoweredBurstLimit"] = "10000", "5000"
	}
	if options.Log == nil {
		options.Log = testLog{t}
	}
	s, err := stack.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := seed.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return service{s}
}

// testLog shows the service's log lines where a test fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

// answer is an HTTP response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request. Headers are given as name, value, name, value.
func (s service) call(t *testing.T, method, path, token, body string, headers ...string) answer {
	t.Helper()
	a, err := s.try(t.Context(), method, path, token, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (s service) try(ctx context.Context, method, path, token, body string, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.BaseURL()+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json")
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, content}, err
}

// decode reads the body into v.
func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

func (s service) drain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// members returns the roles that an item of acme's FS_RLASG names.
func (s service) members(t *testing.T, permission string) []string {
	t.Helper()
	var set struct {
		PermissionSetItems []struct{ ID, Parameter string }
	}
	s.call(t, "GET", "/scim/acme/v2/PermissionSets/FS_RLASG", "dev-acme-admin", "").decode(t, &set)
	for _, item := range set.PermissionSetItems {
		if item.ID == permission {
			return strings.Split(item.Parameter, "|")
		}
	}
	t.Fatalf("FS_RLASG has no item %s", permission)
	return nil
}

func indented(content []byte) string {
	var buffer bytes.Buffer
	if json.Indent(&buffer, content, "", "  ") != nil {
		return string(content)
	}
	return buffer.String()
}
