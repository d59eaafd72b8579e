package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

// TestUnavailable: when the SDK has given up, the store tells what may pass by itself
// from what is a bug.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	acme := parse(t, "acme")
	calls := map[string]func(context.Context, *dynamo.Store) error{
		"GetItem": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.Role(ctx, acme, "A")
			return err
		},
		"BatchGetItem": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.RolesByID(ctx, acme, []string{"A"})
			return err
		},
		"Query": func(ctx context.Context, s *dynamo.Store) error {
			_, _, err := s.Roles(ctx, acme, resource.Span{}, 10)
			return err
		},
		"Query of a count": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.CountRoles(ctx, acme)
			return err
		},
		"GetItem of the configuration": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.ConfiguredPermissionSet(ctx, acme)
			return err
		},
		"TransactWriteItems": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.CreateRole(ctx, acme, actor, role.Role{ID: "A", Name: "a"})
			return err
		},
		"UpdateItem": func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.CountRequests(ctx, acme, time.Now(), time.Now().Add(time.Minute), 1)
			return err
		},
	}
	for _, test := range []struct {
		status      int // 0 cuts the connection
		answer      string
		unavailable bool
	}{
		{400, "ThrottlingException", true},
		{400, "ProvisionedThroughputExceededException", true},
		{400, "RequestLimitExceeded", true},
		{400, "TransactionInProgressException", true},
		{500, "InternalServerError", true},
		{503, "ServiceUnavailable", true},
		{0, "", true},
		{400, "ValidationException", false},
		{400, "ResourceNotFoundException", false},
		{400, "AccessDeniedException", false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if test.status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.WriteHeader(test.status)
			_, _ = fmt.Fprintf(w, `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"secret"}`, test.answer)
		}))
		store := dynamo.New(dynamodb.New(dynamodb.Options{
			Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		}), "table", time.Now)
		for name, call := range calls {
			if err := call(t.Context(), store); err == nil || errors.Is(err, resource.ErrUnavailable) != test.unavailable || errors.Is(err, resource.ErrBusy) {
				t.Errorf("%d %s of %s: %v", test.status, test.answer, name, err)
			}
		}
		server.Close()
	}
}
