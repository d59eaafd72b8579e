// Package enginetest gives tests a table on an embedded DynamoDB engine that lives in memory and ends with the test process.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine"
)

// Endpoint returns the base URL of the engine that all tests of this process share: DYNAMODB_ENDPOINT if it is set, else an
// engine in memory.
func Endpoint(t testing.TB) string {
	t.Helper()
	endpoint, err := sharedEngine()
	if err != nil {
		t.Fatal(err)
	}
	return endpoint
}

// Table creates a table for one test, with the keys pk and sk, and drops it when the test ends. It has no stream: the engine
// numbers a stream's records by reading all of them, so each write to a table with one takes longer than the one before.
func Table(t testing.TB) (client *dynamodb.Client, table string) {
	t.Helper()
	schema := Schema(uniqueName(t))
	schema.StreamSpecification = nil
	return create(t, schema), *schema.TableName
}

// TableWithStream is Table for tests that read the stream, of both images.
func TableWithStream(t testing.TB) (client *dynamodb.Client, table string) {
	t.Helper()
	name := uniqueName(t)
	return create(t, Schema(name)), name
}

func create(t testing.TB, schema *dynamodb.CreateTableInput) *dynamodb.Client {
	t.Helper()
	client := engine.NewClient(Endpoint(t))
	if err := engine.CreateTable(context.Background(), client, schema, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: schema.TableName})
	})
	return client
}

// Schema is the table that the service uses, under the given name.
func Schema(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages},
	}
}

// Binary returns the engine's binary, for tests that start engines of their own.
func Binary(t testing.TB) string {
	t.Helper()
	binary, err := locate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// One engine per test process: to start one for each test would cost more than the tests.
var (
	sharedEngine = sync.OnceValues(start)
	tables       atomic.Int64
)

func start() (endpoint string, err error) {
	if endpoint := os.Getenv("DYNAMODB_ENDPOINT"); endpoint != "" {
		return endpoint, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	binary, err := locate(ctx)
	if err != nil {
		return "", err
	}
	running, err := engine.Start(ctx, engine.Options{Binary: binary})
	if err != nil {
		return "", err
	}
	return running.Endpoint(), nil
}

func locate(ctx context.Context) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	return engine.Locate(ctx, root, func(message string) { fmt.Fprintln(os.Stderr, message) })
}

func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("find the module root: no go.mod above the working folder")
		}
		folder = parent
	}
}

func uniqueName(t testing.TB) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name())
	return fmt.Sprintf("%.80s-%d-%d", clean, os.Getpid(), tables.Add(1))
}
