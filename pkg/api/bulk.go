package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// Bulk answers POST /Bulk (RFC 7644 section 3.7). Every operation is a request
// of its own to the operations below, which authorise it as any other. Together
// they count as one request against the tenant's limits.
func Bulk(d Dependencies) http.Handler {
	outer := d
	d.Throttle = nil
	b := bulk{handlers: []bulkHandler{
		{http.MethodPost, rolesEndpoint, CreateRole(d)},
		{http.MethodPut, roleEndpoint, ReplaceRole(d)},
		{http.MethodPatch, roleEndpoint, PatchRole(d)},
		{http.MethodDelete, roleEndpoint, DeleteRole(d)},
		{http.MethodPost, permissionSetsEndpoint, CreatePermissionSet(d)},
		{http.MethodPut, permissionSetEndpoint, ReplacePermissionSet(d)},
		{http.MethodPost, permissionSetEndpoint, ReplacePermissionSet(d)},
		{http.MethodPatch, permissionSetEndpoint, PatchPermissionSet(d)},
		{http.MethodDelete, permissionSetEndpoint, DeletePermissionSet(d)},
		{http.MethodPost, usersEndpoint, CreateUser(d)},
		{http.MethodPut, userEndpoint, ReplaceUser(d)},
		{http.MethodPatch, userEndpoint, PatchUser(d)},
		{http.MethodDelete, userEndpoint, DeleteUser(d)},
	}}
	return outer.handler(http.MethodPost, bulkEndpoint, b.run)
}

type bulk struct{ handlers []bulkHandler }

type bulkHandler struct {
	method   string
	endpoint *endpoint
	handler  http.Handler
}

// bulkRequest is the message BulkRequest.
type bulkRequest struct {
	Schemas      []string
	FailOnErrors int
	Operations   []bulkOperation
}

type bulkOperation struct {
	Method  string
	BulkID  string `json:"bulkId"`
	Path    string
	Version string
	Data    json.RawMessage
}

// bulkResponse is the message BulkResponse.
type bulkResponse struct {
	Schemas    []string      `json:"schemas"`
	Operations []*bulkResult `json:"Operations"`
}

type bulkResult struct {
	Location string          `json:"location,omitempty"`
	Method   string          `json:"method"`
	BulkID   string          `json:"bulkId,omitempty"`
	Version  string          `json:"version,omitempty"`
	Status   string          `json:"status"`
	Response json.RawMessage `json:"response,omitempty"`
}

func (b bulk) run(ctx context.Context, c *call) (*response, error) {
	request, err := c.decodeBulk()
	if err != nil {
		return nil, err
	}
	job := newBulkJob(ctx, c, b, request)
	job.run()
	answer := bulkResponse{Schemas: []string{scim.SchemaBulkResponse}, Operations: []*bulkResult{}}
	for _, step := range job.steps {
		if step.result != nil {
			answer.Operations = append(answer.Operations, step.result)
		}
	}
	return &response{status: http.StatusOK, body: answer}, nil
}

func (c *call) decodeBulk() (bulkRequest, error) {
	var request bulkRequest
	if err := scim.CheckContentType(c.http.Header.Get("Content-Type")); err != nil {
		return request, err
	}
	body, err := io.ReadAll(io.LimitReader(c.http.Body, scim.MaxBodySize+1))
	if err != nil {
		return request, scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, "The body could not be read to its end: send it again.")
	}
	if len(body) > scim.MaxBodySize {
		return request, scim.Errorf(http.StatusRequestEntityTooLarge, "", "The body is longer than the %d bytes that a bulk request may have: send it in parts.", scim.MaxBodySize).WithCode(scim.CodeTooLong)
	}
	// The scanner finds what is wrong and where; the values are then read as they stand.
	if _, err := scim.DecodeMessage(bytes.NewReader(body)); err != nil {
		return request, err
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return request, scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, "The body is not a BulkRequest: failOnErrors is a number, and Operations an array of objects with method, path, bulkId, version and data.").WithCode(scim.CodeBadFormat)
	}
	if !c.surface.schemasOptional && !slices.ContainsFunc(request.Schemas, func(urn string) bool { return scim.EqualNames(urn, scim.SchemaBulkRequest) }) {
		return request, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "schemas must contain %s.", scim.SchemaBulkRequest).WithCode(scim.CodeMissing)
	}
	if len(request.Operations) == 0 {
		return request, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "Operations must hold at least one operation.").WithCode(scim.CodeMissing)
	}
	if len(request.Operations) > maxBulkOperations {
		return request, scim.Errorf(http.StatusRequestEntityTooLarge, "", "There are %d operations: send at most %d in one request.", len(request.Operations), maxBulkOperations).WithCode(scim.CodeTooLong)
	}
	return request, nil
}

// do sends one operation to its handler.
func (b bulk) do(ctx context.Context, c *call, method, path, version string, data []byte) (*bulkRecorder, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(data))
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil, scim.Errorf(http.StatusBadRequest, scim.InvalidPath, "The path %q must begin with a slash, as in /Roles or /Roles/{id}.", path).WithCode(scim.CodeBadFormat)
	}
	request.Header.Set("Content-Type", scim.MediaType)
	if version != "" {
		request.Header.Set("If-Match", version)
	}
	route, ok := parsePath(request.URL)
	if ok {
		known := false
		for _, h := range b.handlers {
			if h.endpoint.isAt(route) {
				if known = true; h.method == method {
					recorder := &bulkRecorder{header: http.Header{}}
					h.handler.ServeHTTP(recorder, request)
					return recorder, nil
				}
			}
		}
		if known {
			return nil, scim.Errorf(http.StatusMethodNotAllowed, "", "%s is not possible at %s.", method, path)
		}
	}
	return nil, scim.Errorf(http.StatusNotFound, "", "There is nothing at %s that a bulk operation could change.", path)
}

// bulkResult makes what the response says of an operation.
func (c *call) bulkResult(operation bulkOperation, path string, answer *bulkRecorder) *bulkResult {
	result := &bulkResult{Method: operation.Method, BulkID: operation.BulkID, Status: strconv.Itoa(answer.status)}
	result.Version = answer.header.Get("ETag")
	if c.surface.plainVersions {
		result.Version = strings.Trim(strings.TrimPrefix(result.Version, "W/"), `"`)
	}
	switch {
	case answer.header.Get("Location") != "":
		result.Location = answer.header.Get("Location")
	case operation.Method != http.MethodPost || answer.status < 300:
		result.Location = c.BaseURL + c.base + path
	}
	if answer.status >= 300 {
		result.Response = answer.body.Bytes()
	}
	return result
}

// bulkError makes an operation's answer of an error that no handler has made.
func (c *call) bulkError(err error) *bulkRecorder {
	message, _ := errorMessage(c, err)
	answer, _ := encode(&response{status: message.Status, body: message}, nil) // all text: cannot fail
	recorder := &bulkRecorder{header: http.Header{}, status: answer.status}
	_, _ = recorder.body.Write(answer.body) // never fails
	return recorder
}

// bulkRecorder keeps the answer to one operation.
type bulkRecorder struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (r *bulkRecorder) Header() http.Header         { return r.header }
func (r *bulkRecorder) WriteHeader(status int)      { r.status = status }
func (r *bulkRecorder) Write(p []byte) (int, error) { return r.body.Write(p) }
