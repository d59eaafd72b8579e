package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what came of a request.
type answer struct {
	status    int // 0 if there was no answer
	requestID string
	version   int64 // in the ETag; 0 without one
	location  string
	later     string // Retry-After
	body      []byte
	err       error
	begun     time.Time
	ended     time.Time
}

func (a *answer) read(response *http.Response, body []byte) {
	a.status, a.body = response.StatusCode, body
	a.requestID = response.Header.Get("x-amzn-RequestId")
	a.later = response.Header.Get("Retry-After")
	a.location = response.Header.Get("Location")
	a.version, _ = strconv.ParseInt(strings.Trim(strings.TrimPrefix(response.Header.Get("ETag"), "W/"), `"`), 10, 64)
}

// lacksAdvice tells whether an answer that the service was not available does not say
// when to try again.
func (a *answer) lacksAdvice() bool {
	return a.status == http.StatusServiceUnavailable && a.later == ""
}

func (a *answer) took() time.Duration { return a.ended.Sub(a.begun) }

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// uncertain tells whether what was asked for may have been done or not. An answer
// that says that nothing was written is not uncertain.
func (a *answer) uncertain() bool {
	return hasFailed(a.status) && !a.nothingWritten()
}

func (a *answer) nothingWritten() bool {
	return a.status == http.StatusServiceUnavailable && saysNothingWritten(string(a.body))
}

func saysNothingWritten(detail string) bool { return strings.Contains(detail, "nothing was written") }

// id is the last segment of Location.
func (a *answer) id() string { return a.location[strings.LastIndexByte(a.location, '/')+1:] }

// decode reads the body into v.
func (a *answer) decode(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("the body %s: %w", a.body, err)
	}
	return nil
}

// compare compares the body.
func compare[T any](a *answer, with func(*T) error) error {
	var got T
	if err := a.decode(&got); err != nil {
		return err
	}
	return with(&got)
}

// String is the answer in a line.
func (a *answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	body := a.body
	if len(body) > 600 {
		body = append(body[:600:600], "…"...)
	}
	return fmt.Sprintf("%d (request %s, version %d) %s", a.status, a.requestID, a.version, body)
}
