package dynamo_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

// TestTransactionInProgress: of a transaction that is in progress when the SDK gives
// up, nobody is told that it was not written, or that somebody else has the id.
func TestTransactionInProgress(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	acme := parse(t, "acme")
	if _, _, err := onboard.Onboard(t.Context(), dynamo.New(client, table, time.Now), acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	options := client.Options()
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("in progress", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if _, ok := in.Parameters.(*dynamodb.TransactWriteItemsInput); ok && err == nil {
				return middleware.InitializeOutput{}, metadata, &types.TransactionInProgressException{}
			}
			return out, metadata, err
		}), middleware.Before)
	})
	store := dynamo.New(dynamodb.New(options), table, time.Now)
	_, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: "A", Name: "a"})
	var inProgress *types.TransactionInProgressException
	if !errors.As(err, &inProgress) || !errors.Is(err, resource.ErrUnavailable) || errors.Is(err, resource.ErrBusy) || errors.Is(err, resource.ErrIDTaken) {
		t.Errorf("create: %v", err)
	}
	if _, err := store.Role(t.Context(), acme, "A"); err != nil {
		t.Errorf("role: %v", err)
	}
}
