package iam

import (
	"fmt"
	"net/http"
)

// Service is an AWS service that functions call at the proxy.
type Service interface {
	// Takes reports whether a call is one of this service.
	Takes(r *http.Request) bool
	// Needs lists the permissions that a call needs, all of them, or says what is wrong with it.
	Needs(r *http.Request, payload []byte) ([]Need, *Fault)
	// Serve answers a call that is allowed, with a status of 500 or more if the service is down.
	Serve(w http.ResponseWriter, r *http.Request, payload []byte)
	// Refuse answers with a fault, in the form of the service.
	Refuse(w http.ResponseWriter, fault *Fault)
}

// Need is one authorization that a call needs.
type Need struct {
	Action   string              // such as sqs:SendMessage
	Resource string              // an ARN
	context  map[string][]string // condition key in lower case -> values; a missing key is absent
	role     *role               // that is to be assumed, whose trust policy has to agree; nil for other calls
}

// Fault is an error that a service answers.
type Fault struct {
	Status  int
	Code    string // such as AccessDeniedException
	Message string
}

// Error is the fault as text.
func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// newFault formats the message.
func newFault(status int, code, format string, arguments ...any) *Fault {
	return &Fault{status, code, fmt.Sprintf(format, arguments...)}
}

func accessDenied(user string, n Need, why decision) *Fault {
	kind := "identity-based"
	if n.role != nil {
		kind = "resource-based"
	}
	reason := fmt.Sprintf("because no %s policy allows the %s action", kind, n.Action)
	if why == explicitDeny {
		reason = "with an explicit deny in an identity-based policy"
	}
	return newFault(http.StatusBadRequest, "AccessDeniedException",
		"User: %s is not authorized to perform: %s on resource: %s %s", user, n.Action, n.Resource, reason)
}
