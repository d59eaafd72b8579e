package dynamo

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// failedAction returns the index of the first action of a transaction whose
// condition was false. errors.As finds no ConditionalCheckFailedException in
// a cancelled transaction: the reasons stand in the order of the actions.
func failedAction(err error) (index int, ok bool) {
	for i, code := range cancellationCodes(err) {
		if code == "ConditionalCheckFailed" {
			return i, true
		}
	}
	return 0, false
}

// isTransient reports whether a transaction was cancelled for nothing but
// conflicts with others and throttling, so that the same one may succeed. One
// that is in progress is not: it may have succeeded by the time another is sent,
// which would take what it wrote for somebody else's.
func isTransient(err error) bool {
	if conflict := (*types.TransactionConflictException)(nil); errors.As(err, &conflict) {
		return true
	}
	transient := false
	for _, code := range cancellationCodes(err) {
		switch code {
		case "", "None":
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			transient = true
		default:
			return false
		}
	}
	return transient
}

func cancellationCodes(err error) []string {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return nil
	}
	codes := make([]string, len(cancelled.CancellationReasons))
	for i, reason := range cancelled.CancellationReasons {
		codes[i] = aws.ToString(reason.Code)
	}
	return codes
}
