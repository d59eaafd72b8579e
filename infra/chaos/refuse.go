package main

import (
	"encoding/json"
	"net/http"
	"slices"
)

// refuse answers as DynamoDB does.
func refuse(w http.ResponseWriter, k kind, actions int) {
	type reason struct{ Code, Message string }
	answer := struct {
		Type                string   `json:"__type"`
		Message             string   `json:"message"`
		CancellationReasons []reason `json:",omitempty"`
	}{Message: "chaos"}
	status := http.StatusBadRequest
	switch k {
	case throttled:
		answer.Type = "ThrottlingException"
	case provisioned:
		answer.Type = "ProvisionedThroughputExceededException"
	case unfinished:
		answer.Type = "TransactionInProgressException"
	case conflicted, cancelled:
		code := "TransactionConflict"
		if k == cancelled {
			code = []string{"ThrottlingError", "ProvisionedThroughputExceeded"}[actions%2]
		}
		answer.Type = "TransactionCanceledException"
		answer.CancellationReasons = append(slices.Repeat([]reason{{Code: "None"}}, max(0, actions-1)), reason{code, "chaos"})
	default:
		status, answer.Type = http.StatusInternalServerError, "InternalServerError"
	}
	answer.Type = "com.amazonaws.dynamodb.v20120810#" + answer.Type
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the caller may be gone
}
