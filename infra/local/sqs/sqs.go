// Package sqs answers calls of Amazon SQS on standard queues, in its JSON protocol: those that functions make here. What it does
// not know it refuses.
package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/queue"
)

const (
	target    = "AmazonSQS."
	arnPrefix = "arn:aws:sqs:us-east-1:"
	account   = "000000000000"
)

// Service serves queues; it is an iam.Service.
type Service struct {
	queues map[string]*queue.Queue // by ARN
}

// New returns a service with these queues only.
func New(queues []*queue.Queue) *Service {
	s := &Service{queues: map[string]*queue.Queue{}}
	for _, q := range queues {
		s.queues[arnPrefix+account+":"+q.Name()] = q
	}
	return s
}

// operation answers a call with what becomes JSON; nil is for no body. An error that is no *iam.Fault is ours.
type operation func(ctx context.Context, q *queue.Queue, c call) (any, error)

func operationOf(r *http.Request) (name string, run operation) {
	name = strings.TrimPrefix(r.Header.Get("X-Amz-Target"), target)
	switch name {
	case "SendMessage":
		run = sendMessage
	case "ReceiveMessage":
		run = receiveMessage
	case "DeleteMessage":
		run = deleteMessage
	case "GetQueueAttributes":
		run = queueAttributes
	}
	return name, run
}

// Takes reports whether a call is one of SQS.
func (s *Service) Takes(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Target"), target)
}

// Needs asks for the permission of the operation on the queue that the call names.
func (s *Service) Needs(r *http.Request, payload []byte) ([]iam.Need, *iam.Fault) {
	name, run := operationOf(r)
	if run == nil {
		return nil, fault("UnsupportedOperation", "The operation %s is not supported locally.", name)
	}
	c, wrong := parseCall(payload)
	if wrong != nil {
		return nil, wrong
	}
	return []iam.Need{{Action: "sqs:" + name, Resource: c.queueARN()}}, nil
}

// Serve answers a call.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, payload []byte) {
	answer, err := s.answer(r, payload)
	var wrong *iam.Fault
	switch {
	case errors.As(err, &wrong):
		s.Refuse(w, wrong)
	case err != nil:
		s.Refuse(w, &iam.Fault{Status: http.StatusInternalServerError, Code: "InternalError", Message: err.Error()})
	default:
		write(w, http.StatusOK, answer)
	}
}

func (s *Service) answer(r *http.Request, payload []byte) (any, error) {
	c, wrong := parseCall(payload)
	if wrong != nil {
		return nil, wrong
	}
	q := s.queues[c.queueARN()]
	if q == nil {
		return nil, fault("QueueDoesNotExist", "The specified queue does not exist.")
	}
	_, run := operationOf(r)
	return run(r.Context(), q, c)
}

// Refuse answers with a fault, in the form of SQS. Some have another code in its older protocol, which clients go by.
func (s *Service) Refuse(w http.ResponseWriter, wrong *iam.Fault) {
	switch wrong.Code {
	case "QueueDoesNotExist":
		w.Header().Set("X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender")
	case "UnsupportedOperation":
		w.Header().Set("X-Amzn-Query-Error", "AWS.SimpleQueueService.UnsupportedOperation;Sender")
	}
	write(w, wrong.Status, map[string]string{"__type": "com.amazonaws.sqs#" + wrong.Code, "message": wrong.Message})
}

func fault(code, format string, arguments ...any) *iam.Fault {
	return &iam.Fault{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, arguments...)}
}

func write(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	if answer != nil {
		_ = json.NewEncoder(w).Encode(answer) // fails only for a client that left
	}
}
