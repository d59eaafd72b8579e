package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// walk is one client's way through the service.
type walk struct {
	url, token string
	client     *http.Client
	out        io.Writer
	name       string // of what it creates
	steps      int
	failures   int
}

func newWalk(url, token string, client *http.Client, out io.Writer) *walk {
	var unique [6]byte
	rand.Read(unique[:])
	return &walk{url: url, token: token, client: client, out: out, name: "smoke-" + hex.EncodeToString(unique[:])}
}

// run returns how many steps failed.
func (w *walk) run(ctx context.Context) int {
	w.step(ctx, "the service says what it can do", request{path: "/ServiceProviderConfig", anonymous: true}, 200, has("patch.supported", true))
	w.step(ctx, "nobody gets in without a token", request{path: "/Roles", anonymous: true}, 401, has("status", "401"))
	w.step(ctx, "nor with a wrong one", request{path: "/Roles", token: "rolecall_wrong"}, 401, has("status", "401"))
	w.step(ctx, "what is not there is not found", request{path: "/Roles/" + w.name}, 404, has("status", "404"))
	w.step(ctx, "schemas are told", request{path: "/Schemas"}, 200, nil)
	w.step(ctx, "roles are listed", request{path: "/Roles?count=5"}, 200, has("itemsPerPage", 5.0))
	w.step(ctx, "permission sets are listed", request{path: "/PermissionSets?count=1"}, 200, has("itemsPerPage", 1.0))
	w.step(ctx, "a bad filter is refused", request{path: "/Roles?filter=name+qe+%22x%22"}, 400, has("scimType", "invalidFilter"))
	w.roles(ctx)
	return w.failures
}

func (w *walk) roles(ctx context.Context) {
	role := w.create(ctx, "a role is created", "/Roles", `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"`+w.name+`"}`)
	if role == "" {
		return
	}
	defer w.remove(ctx, "the role is deleted", "/Roles/"+role)
	w.step(ctx, "it can be read", request{path: "/Roles/" + role}, 200, has("name", w.name))
	w.step(ctx, "it is found by its name", request{path: "/Roles?filter=" + url.QueryEscape(`name eq "`+w.name+`"`)}, 200, has("totalResults", 1.0))
	w.step(ctx, "it is changed", request{method: "PATCH", path: "/Roles/" + role, body: patch(`{"op":"add","path":"description","value":"smoke"}`)}, 200, has("description", "smoke"))
	w.step(ctx, "a stale change is refused", request{method: "PATCH", path: "/Roles/" + role, ifMatch: `W/"1"`, body: patch(`{"op":"remove","path":"description"}`)}, 412, nil)
	w.joins(ctx, role)
	w.users(ctx, role)
}

// joins waits for the stream to bring the configured permission set in line.
func (w *walk) joins(ctx context.Context, role string) {
	filter := "/PermissionSets?filter=" + url.QueryEscape(`permissionSetItems.parameter co "`+role+`"`)
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if status, answer, err := w.send(ctx, request{path: filter}); err == nil && status == 200 && at(answer, "totalResults") == 1.0 {
			break
		}
		time.Sleep(300 * time.Millisecond)
	}
	w.step(ctx, "the stream brings a permission set in line", request{path: filter}, 200, has("totalResults", 1.0))
}

func (w *walk) users(ctx context.Context, role string) {
	user := w.create(ctx, "a user is created", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+w.name+`@example.com"}`)
	if user == "" {
		return
	}
	defer w.remove(ctx, "the user is deleted", "/Users/"+user)
	w.step(ctx, "another one cannot have its name", request{method: "POST", path: "/Users", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + w.name + `@EXAMPLE.com"}`}, 409, has("scimType", "uniqueness"))
	w.step(ctx, "it is given the role", request{method: "PATCH", path: "/Users/" + user, body: patch(`{"op":"add","path":"roles","value":[{"value":"` + role + `"}]}`)}, 200, nil)
	w.step(ctx, "it is found by its role", request{path: "/Users?filter=" + url.QueryEscape(`roles.value eq "`+role+`"`)}, 200, has("totalResults", 1.0))
	w.step(ctx, "the changes are on record", request{path: "/AuditRecords?filter=" + url.QueryEscape(`resourceId eq "`+user+`" and time ge "`+time.Now().Add(-5*time.Minute).UTC().Format(time.RFC3339)+`"`)}, 200, has("totalResults", 2.0))
}

func (w *walk) create(ctx context.Context, what, path, body string) (id string) {
	answer := w.step(ctx, what, request{method: "POST", path: path, body: body}, 201, nil)
	id, _ = at(answer, "id").(string)
	return id
}

// remove does so even if the walk is interrupted.
func (w *walk) remove(ctx context.Context, what, path string) {
	w.step(context.WithoutCancel(ctx), what, request{method: "DELETE", path: path}, 204, nil)
}

func patch(operation string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
}

// request is one to the standard surface; its zero fields have their usual meaning.
type request struct {
	method, path, body, ifMatch string
	token                       string // the walk's own if empty
	anonymous                   bool
}

// step sends a request, and prints what came of it. It returns the answer's body.
func (w *walk) step(ctx context.Context, what string, r request, want int, holds func(any) error) any {
	w.steps++
	start := time.Now()
	status, answer, err := w.send(ctx, r)
	switch {
	case err != nil:
	case status != want:
		err = fmt.Errorf("status %d, want %d: %v", status, want, at(answer, "detail"))
	case holds != nil:
		err = holds(answer)
	}
	mark := "ok  "
	if err != nil {
		w.failures++
		mark = "FAIL"
	}
	fmt.Fprintf(w.out, "%s %-48s %4d ms\n", mark, what, time.Since(start).Milliseconds())
	if err != nil {
		fmt.Fprintf(w.out, "     %v\n", err)
	}
	return answer
}

func (w *walk) send(ctx context.Context, r request) (status int, answer any, err error) {
	if r.method == "" {
		r.method = http.MethodGet
	}
	message, err := http.NewRequestWithContext(ctx, r.method, w.url+"/scim/v2"+r.path, bytes.NewBufferString(r.body))
	if err != nil {
		return 0, nil, err
	}
	if r.token == "" {
		r.token = w.token
	}
	if !r.anonymous {
		message.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.body != "" {
		message.Header.Set("Content-Type", "application/scim+json")
	}
	if r.ifMatch != "" {
		message.Header.Set("If-Match", r.ifMatch)
	}
	response, err := w.client.Do(message)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || len(body) == 0 {
		return response.StatusCode, nil, err
	}
	if kind := response.Header.Get("Content-Type"); kind != "application/scim+json" {
		return response.StatusCode, nil, fmt.Errorf("status %d, and the answer is %q, not SCIM", response.StatusCode, kind)
	}
	return response.StatusCode, answer, json.Unmarshal(body, &answer)
}

// has returns a check that a member of the answer has a value.
func has(path string, want any) func(any) error {
	return func(answer any) error {
		if got := at(answer, path); got != want {
			return fmt.Errorf("%s is %v, want %v", path, got, want)
		}
		return nil
	}
}

// at returns the member at a path, whose names are joined by dots; nil if there is
// none.
func at(value any, path string) any {
	for len(path) > 0 {
		object, _ := value.(map[string]any)
		var name string
		name, path, _ = strings.Cut(path, ".")
		value = object[name]
	}
	return value
}
