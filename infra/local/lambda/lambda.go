// Package lambda answers the Invoke call of AWS Lambda, and runs asynchronous invocations. What runs a function is not its
// business.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/iam"
)

// Lambda's limits on a payload, in bytes.
const (
	maxPayload      = 6 << 20
	maxAsyncPayload = 256 << 10
)

const (
	pathPrefix = "/2015-03-31/functions/"
	pathSuffix = "/invocations"
	arnPrefix  = "arn:aws:lambda:us-east-1:000000000000:function:"
	latest     = "$LATEST"
)

// Event is the cause of an asynchronous invocation that a function asked for.
const Event = "ASYNC"

// Invoke runs a function once and waits for its answer, as function.Function does.
type Invoke func(ctx context.Context, payload []byte) (function.Result, error)

// Service serves Invoke; it is an iam.Service.
type Service struct {
	functions map[string]Invoke // by name
	async     *Async
}

// New returns a service with these functions, by name. async runs what is invoked as an event.
func New(functions map[string]Invoke, async *Async) *Service {
	return &Service{functions: functions, async: async}
}

// Takes reports whether a call is an invocation.
func (s *Service) Takes(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, pathPrefix) && strings.HasSuffix(r.URL.Path, pathSuffix)
}

// Needs asks for the permission to invoke the function that the path names.
func (s *Service) Needs(r *http.Request, _ []byte) ([]iam.Need, *iam.Fault) {
	return []iam.Need{{Action: "lambda:InvokeFunction", Resource: functionARN(r)}}, nil
}

// functionARN is that of the function in the path, which may be a name, a part of the ARN or the whole, each with a qualifier.
func functionARN(r *http.Request) string {
	arn := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, pathPrefix), pathSuffix)
	if !strings.HasPrefix(arn, "arn:") {
		if _, name, partial := strings.Cut(arn, ":function:"); partial {
			arn = name
		}
		arn = arnPrefix + arn
	}
	if qualifier := r.URL.Query().Get("Qualifier"); qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// Serve invokes a function.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, payload []byte) {
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	arn, kind := functionARN(r), r.Header.Get("X-Amz-Invocation-Type")
	name, known := strings.CutPrefix(strings.TrimSuffix(arn, ":"+latest), arnPrefix)
	invoke := s.functions[name]
	if invoke == nil || !known {
		s.Refuse(w, fault(http.StatusNotFound, "ResourceNotFoundException", "Function not found: %s", arn))
		return
	}
	if wrong := check(kind, payload); wrong != nil {
		s.Refuse(w, wrong)
		return
	}
	switch kind {
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	case "Event":
		s.start(w, name, invoke, payload)
	default:
		s.run(w, r, invoke, payload)
	}
}

func check(kind string, payload []byte) *iam.Fault {
	limit := maxPayload
	switch kind {
	case "", "RequestResponse", "DryRun":
		kind = "RequestResponse"
	case "Event":
		limit = maxAsyncPayload
	default:
		return fault(http.StatusBadRequest, "InvalidParameterValueException", "There is no invocation type %s.", kind)
	}
	if len(payload) > limit {
		return fault(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"%d byte payload is too large for the %s invocation type (service limit %d bytes)", len(payload), kind, limit)
	}
	if !json.Valid(payload) {
		return fault(http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json.")
	}
	return nil
}

func (s *Service) start(w http.ResponseWriter, name string, invoke Invoke, payload []byte) {
	if err := s.async.Start(Event, name, invoke, payload); err != nil {
		s.Refuse(w, fault(http.StatusInternalServerError, "ServiceException", "%v", err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *Service) run(w http.ResponseWriter, r *http.Request, invoke Invoke, payload []byte) {
	result, err := invoke(r.Context(), payload)
	switch {
	case errors.Is(err, function.ErrTooManyRequests):
		s.Refuse(w, fault(http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded."))
		return
	case err != nil:
		s.Refuse(w, fault(http.StatusInternalServerError, "ServiceException", "%v", err))
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Amzn-Requestid", result.RequestID)
	header.Set("X-Amz-Executed-Version", latest)
	if result.FunctionError != "" {
		header.Set("X-Amz-Function-Error", result.FunctionError)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(result.Payload) // a caller that left needs no answer
}

// Refuse answers with a fault, in the form of Lambda.
func (s *Service) Refuse(w http.ResponseWriter, wrong *iam.Fault) {
	status, source := wrong.Status, "User"
	switch {
	case wrong.Code == "AccessDeniedException" || wrong.Code == "MissingAuthenticationTokenException" || wrong.Code == "UnrecognizedClientException":
		status = http.StatusForbidden
	case status >= http.StatusInternalServerError:
		source = "Service"
	}
	body, _ := json.Marshal(map[string]string{"Type": source, "Message": wrong.Message}) // strings only: cannot fail
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", wrong.Code)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func fault(status int, code, format string, arguments ...any) *iam.Fault {
	return &iam.Fault{Status: status, Code: code, Message: fmt.Sprintf(format, arguments...)}
}
