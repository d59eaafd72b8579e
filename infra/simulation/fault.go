package simulation

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
)

// fault is a way in which one attempt of a call fails.
type fault int

const (
	refused     fault = iota // the request does not arrive
	lost                     // it does, but the reply does not
	late                     // the same, after a long time
	throttled                // ThrottlingException
	provisioned              // ProvisionedThroughputExceededException
	broken                   // InternalServerError
	conflict                 // the transaction is cancelled: it ran into another
	cancelled                // the transaction is cancelled: it was throttled
	unprocessed              // a batch is read in part
)

func (f fault) event() Event {
	return [...]Event{ConnectionFailed, ReplyLost, TimedOut, Throttled, Throttled, ServerFailed, Conflicted, Throttled, KeysUnprocessed}[f]
}

// arrives tells whether the engine does what it was asked for all the same.
func (f fault) arrives() bool { return f == lost || f == late }

// outcome is what the caller gets.
func (f fault) outcome(c call) (*http.Response, error) {
	switch f {
	case refused:
		return nil, errors.New("connection refused")
	case lost:
		return nil, errors.New("connection reset by peer")
	case late:
		return nil, timeout{}
	case provisioned:
		return failure(c, http.StatusBadRequest, "ProvisionedThroughputExceededException", nil)
	case broken:
		return failure(c, http.StatusInternalServerError, "InternalServerError", nil)
	case conflict:
		return failure(c, http.StatusBadRequest, "TransactionCanceledException", reasons(c, "TransactionConflict"))
	case cancelled:
		return failure(c, http.StatusBadRequest, "TransactionCanceledException", reasons(c, "ThrottlingError"))
	default:
		return failure(c, http.StatusBadRequest, "ThrottlingException", nil)
	}
}

type timeout struct{}

func (timeout) Error() string { return "i/o timeout" }
func (timeout) Timeout() bool { return true }

type reason struct{ Code, Message string }

func failure(c call, status int, exception string, reasons []reason) (*http.Response, error) {
	return answer(c, status, struct {
		Type                string   `json:"__type"`
		Message             string   `json:"message"`
		CancellationReasons []reason `json:",omitempty"`
	}{"com.amazonaws.dynamodb.v20120810#" + exception, "simulated", reasons})
}

// reasons gives the last action of a transaction a reason, and the others none.
func reasons(c call, code string) []reason {
	var request struct{ TransactItems []json.RawMessage }
	if json.Unmarshal(c.body, &request) != nil || len(request.TransactItems) == 0 {
		return nil
	}
	return append(slices.Repeat([]reason{{Code: "None"}}, len(request.TransactItems)-1), reason{code, "simulated"})
}
