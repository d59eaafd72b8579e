package simulation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// wire is the HTTP client under the store's DynamoDB client. What it does to a
// call depends on the operation that makes it, and on nothing that time or
// goroutines decide.
type wire struct {
	simulation *simulation
	http       *http.Client
}

// errGone is what a crashed operation gets.
var errGone = errors.New("the process is gone")

// Do implements aws.HTTPClient.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	op, _ := r.Context().Value(operationKey{}).(*operation)
	c, err := readCall(r)
	switch {
	case err != nil:
		return nil, err
	case op == nil:
		return nil, errors.New("simulation: a call of no operation")
	case op.dead || w.simulation.stopped():
		op.cancel()
		return nil, errGone
	case c.parallel():
		return w.parallel(op, c)
	}
	return w.sequential(op, c)
}

// call is a request to DynamoDB.
type call struct {
	request *http.Request
	name    string // of the operation
	body    []byte
	attempt int // of the SDK, the first is 1
}

func readCall(r *http.Request) (call, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return call{}, fmt.Errorf("read request: %w", err)
	}
	_ = r.Body.Close()
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c := call{request: r, name: name, body: body, attempt: 1}
	for field := range strings.SplitSeq(r.Header.Get("Amz-Sdk-Request"), ";") {
		if n, ok := strings.CutPrefix(strings.TrimSpace(field), "attempt="); ok {
			c.attempt, err = strconv.Atoi(n)
		}
	}
	return c, err
}

func (c call) transaction() bool { return c.name == "TransactWriteItems" }

// parallel tells whether the store may make the call together with others: it
// does so only with queries of a set's roles.
func (c call) parallel() bool {
	return c.name == "Query" && bytes.Contains(c.body, []byte(`"PSETROLES#`))
}

// send lets the call through to the engine.
func (w *wire) send(c call) (*http.Response, error) {
	request := c.request.Clone(c.request.Context())
	request.Body, request.ContentLength, request.GetBody = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body)), nil
	response, err := w.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// answer makes a response.
func answer(c call, status int, body any) (*http.Response, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: c.request,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		ContentLength: int64(len(content)), Body: io.NopCloser(bytes.NewReader(content)),
	}, nil
}
