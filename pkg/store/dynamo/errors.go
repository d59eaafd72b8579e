package dynamo

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
)

// failed says of which call err came. It is resource.ErrUnavailable, too, if the
// SDK tries such calls again, and has given up: DynamoDB throttles, fails or is out of
// reach, or a transaction is still in progress.
func failed(call string, err error) error {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return fmt.Errorf("%s: %w: %w", call, resource.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", call, err)
}

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
