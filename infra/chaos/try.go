package main

import (
	"bytes"
	"encoding/json"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// try is an attempt of a call.
type try struct {
	iam.Call
	name string // of the operation
	// Of a transaction: its idempotency token, and how many actions it has.
	token   string
	actions int
	written bool // although something goes wrong with it
}

func newTry(name string, c iam.Call) *try {
	t := &try{Call: c, name: name}
	if name == "TransactWriteItems" {
		var body struct {
			ClientRequestToken string
			TransactItems      []json.RawMessage
		}
		_ = json.Unmarshal(c.Payload, &body) // what cannot be read has no token
		t.token, t.actions = body.ClientRequestToken, len(body.TransactItems)
	}
	return t
}

func (t *try) writes() bool {
	return t.name != "GetItem" && t.name != "BatchGetItem" && t.name != "Query"
}

// touches tells whether the keys of what it is about begin so.
func (t *try) touches(sortKey string) bool { return bytes.Contains(t.Payload, []byte(`"`+sortKey)) }
