package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// dynamoDB is DynamoDB with its streams: an engine elsewhere.
type dynamoDB struct {
	target    func() string
	keys      keysOf
	transport http.RoundTripper
}

func newDynamoDB(target func() string, keys keysOf) dynamoDB {
	return dynamoDB{target, keys, &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute, DisableCompression: true}}
}

// Takes everything, so that what no other service knows gets an answer too.
func (d dynamoDB) Takes(*http.Request) bool { return true }

// Needs lists what AWS checks before it runs an operation.
func (d dynamoDB) Needs(r *http.Request, payload []byte) ([]Need, *Fault) {
	needs, err := authorizations(r.Header.Get("X-Amz-Target"), payload, d.keys)
	if errors.Is(err, errUnknownOperation) {
		return nil, newFault(http.StatusBadRequest, "UnknownOperationException", "%v", err)
	}
	if err != nil {
		return nil, newFault(http.StatusBadRequest, "SerializationException", "%v", err)
	}
	return needs, nil
}

// Serve forwards a call, its body unchanged.
func (d dynamoDB) Serve(w http.ResponseWriter, r *http.Request, payload []byte) {
	outgoing, err := http.NewRequestWithContext(r.Context(), r.Method, d.target()+r.URL.RequestURI(), bytes.NewReader(payload))
	if err != nil {
		unavailable(w, err)
		return
	}
	outgoing.Header = r.Header
	outgoing.Header.Del("Connection")
	response, err := d.transport.RoundTrip(outgoing)
	if err != nil {
		unavailable(w, err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body) // a client that left needs no error
}

// Refuse answers in the form of DynamoDB.
func (d dynamoDB) Refuse(w http.ResponseWriter, fault *Fault) {
	writeFault(w, fault.Status, "com.amazon.coral.service#"+fault.Code, fault.Message)
}

// unavailable answers with an error that the SDK retries, as it does while a real table's partition moves.
func unavailable(w http.ResponseWriter, err error) {
	writeFault(w, http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", "The DynamoDB engine does not answer: "+err.Error())
}

func writeFault(w http.ResponseWriter, status int, kind, message string) {
	answer, _ := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string
	}{kind, message}) // two strings always marshal
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}
