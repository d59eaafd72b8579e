package function

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// runtimeAPI is the interface between Lambda and the runtime inside an environment,
// version 2018-06-01.
func (e *environment) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime"
	mux.HandleFunc("GET "+base+"/invocation/next", e.next)
	mux.HandleFunc("POST "+base+"/invocation/{id}/response", e.response)
	mux.HandleFunc("POST "+base+"/invocation/{id}/error", e.functionError)
	mux.HandleFunc("POST "+base+"/init/error", e.initError)
	return mux
}

// next ends the invocation before it, and waits for the next one without a limit.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	select {
	case e.ready <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	select {
	case inv := <-e.pending:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", e.settings.ARN)
		h.Set("Lambda-Runtime-Trace-Id", traceID(inv))
		if tenant := e.settings.tenant; tenant != "" {
			h.Set("Lambda-Runtime-Aws-Tenant-Id", tenant)
		}
		_, _ = w.Write(inv.payload) // a runtime that is gone is noticed by its exit
	case <-r.Context().Done():
	}
}

func traceID(inv *invocation) string {
	hex := strings.ReplaceAll(inv.id, "-", "")
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", inv.deadline.Unix(), hex[:24], hex[16:])
}

func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	inv := e.claim(w, r)
	if inv == nil {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResponse))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		message := fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse)
		e.finish(inv, answer{failed: true, payload: errorBody("Function.ResponseSizeTooLarge", message)})
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
	case err != nil:
		refuse(w, http.StatusBadRequest, "BadRequest", "cannot read the response")
	default:
		e.finish(inv, answer{payload: body})
		accept(w)
	}
}

func (e *environment) functionError(w http.ResponseWriter, r *http.Request) {
	inv := e.claim(w, r)
	if inv == nil {
		return
	}
	body, err := readError(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest", "cannot read the error")
		return
	}
	e.finish(inv, answer{payload: body, failed: true})
	accept(w)
}

func (e *environment) initError(w http.ResponseWriter, r *http.Request) {
	body, err := readError(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest", "cannot read the error")
		return
	}
	select {
	case e.initErr <- body:
	default:
	}
	accept(w)
}

// claim answers the invocation that a runtime answers, if it is the current one.
func (e *environment) claim(w http.ResponseWriter, r *http.Request) *invocation {
	inv := e.current.Load()
	if inv == nil || inv.id != r.PathValue("id") {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return nil
	}
	return inv
}

// finish keeps the first answer only.
func (e *environment) finish(inv *invocation, a answer) {
	select {
	case inv.answer <- a:
	default:
	}
}

func readError(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse))
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		body = errorBody(r.Header.Get("Lambda-Runtime-Function-Error-Type"), "")
	}
	return body, nil
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, errorType, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(errorBody(errorType, message))
}

func errorBody(errorType, message string) []byte {
	body, _ := json.Marshal(map[string]string{"errorType": errorType, "errorMessage": message}) // cannot fail
	return body
}
