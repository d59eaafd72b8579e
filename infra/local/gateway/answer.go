package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/rolecall/rolecall/infra/local/template"
)

// proxyAnswer is what a function returns for a proxy event.
type proxyAnswer struct {
	status int
	header http.Header
	body   string
	base64 bool
}

// parseAnswer reads a function's answer as strictly as API Gateway: no field but
// these, and only plain values in headers.
func parseAnswer(payload []byte) (*proxyAnswer, error) {
	var raw struct {
		StatusCode        json.RawMessage    `json:"statusCode"`
		Headers           map[string]plain   `json:"headers"`
		MultiValueHeaders map[string][]plain `json:"multiValueHeaders"`
		Body              *string            `json:"body"`
		IsBase64Encoded   bool               `json:"isBase64Encoded"`
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("malformed Lambda proxy response: %w", err)
	}
	if bytes.Equal(bytes.TrimSpace(payload), []byte("null")) {
		return nil, errors.New("malformed Lambda proxy response: null")
	}
	answer := &proxyAnswer{status: http.StatusOK, header: http.Header{}, base64: raw.IsBase64Encoded}
	if len(raw.StatusCode) > 0 {
		status, err := strconv.Atoi(string(bytes.Trim(raw.StatusCode, `"`)))
		if err != nil || status < 200 || status > 599 {
			return nil, fmt.Errorf("malformed Lambda proxy response: status code %s", raw.StatusCode)
		}
		answer.status = status
	}
	if raw.Body != nil {
		answer.body = *raw.Body
	}
	for name, value := range raw.Headers {
		answer.header.Set(name, string(value))
	}
	// Of a header in both maps, the values of the multi-value one count.
	for name, values := range raw.MultiValueHeaders {
		answer.header.Del(name)
		for _, value := range values {
			answer.header.Add(name, string(value))
		}
	}
	return answer, nil
}

// plain is a JSON string, number or boolean as text.
type plain string

// UnmarshalJSON refuses anything that is no plain value.
func (p *plain) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	switch v := value.(type) {
	case string:
		*p = plain(v)
	case bool, float64:
		*p = plain(data)
	default:
		return fmt.Errorf("a header value cannot be %s", data)
	}
	return nil
}

// write sends the answer and reports its status.
func (a *proxyAnswer) write(w http.ResponseWriter, api *template.API) int {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	for name, values := range a.header {
		switch name {
		case "Connection", "Content-Length", "Date", "Server", "Www-Authenticate":
			name = "x-amzn-Remapped-" + name
		case "Transfer-Encoding":
			continue
		}
		header[name] = values
	}
	body := []byte(a.body)
	if a.base64 && len(api.BinaryMediaTypes) > 0 {
		if decoded, err := base64.StdEncoding.DecodeString(a.body); err == nil {
			body = decoded
		}
	}
	w.WriteHeader(a.status)
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		_, _ = io.Copy(w, bytes.NewReader(body)) // the client may be gone
	}
	return a.status
}
