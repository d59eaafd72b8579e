package units_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
)

type key = map[string]types.AttributeValue

func keyOf(sk string) key {
	return key{"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

// calls are what the store asks of DynamoDB: each with what it consumes, in a table
// where nothing is larger than 1 KB.
var calls = map[string]struct {
	call        func(context.Context, *dynamodb.Client, *string) error
	read, write float64
}{
	"UpdateItem": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: table, Key: keyOf("A"), UpdateExpression: aws.String("SET n = :n"),
			ExpressionAttributeValues: key{":n": &types.AttributeValueMemberN{Value: "1"}},
		})
		return err
	}, 0, 1},
	"TransactWriteItems": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: table, Item: keyOf("B")}}, {Put: &types.Put{TableName: table, Item: keyOf("C")}},
		}})
		return err
	}, 0, 4},
	"BatchWriteItem": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*table: {
			{PutRequest: &types.PutRequest{Item: keyOf("D")}}, {DeleteRequest: &types.DeleteRequest{Key: keyOf("B")}},
		}}})
		return err
	}, 0, 2},
	"GetItem": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: keyOf("A"), ConsistentRead: aws.Bool(true)})
		return err
	}, 1, 0},
	"BatchGetItem": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{*table: {Keys: []key{keyOf("A"), keyOf("C")}}}})
		return err
	}, 1, 0},
	"Query": {func(ctx context.Context, c *dynamodb.Client, table *string) error {
		_, err := c.Query(ctx, &dynamodb.QueryInput{
			TableName: table, KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: key{":pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}},
		})
		return err
	}, 0.5, 0},
}

// order is one in which what is read has been written.
var order = []string{"UpdateItem", "TransactWriteItems", "BatchWriteItem", "GetItem", "BatchGetItem", "Query"}

func TestMeasure(t *testing.T) {
	t.Parallel()
	plain, table := enginetest.Table(t)
	client := measured(plain)
	var meter units.Meter
	ctx := units.WithMeter(t.Context(), &meter)
	for _, name := range order {
		test := calls[name]
		if err := test.call(ctx, client, &table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := meter.Take(), (units.Units{Read: test.read, Write: test.write, Calls: 1}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if _, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("None"), Key: keyOf("A")}); err == nil {
		t.Error("there is a table None")
	}
	if got := meter.Take(); got != (units.Units{Calls: 1}) {
		t.Errorf("a failed call: %+v", got)
	}
}

// TestManyMeters: each invocation's calls are its own, and many at once.
func TestManyMeters(t *testing.T) {
	t.Parallel()
	plain, table := enginetest.Table(t)
	client := measured(plain)
	var meters [4]units.Meter
	var all sync.WaitGroup
	for i := range meters {
		ctx := units.WithMeter(t.Context(), &meters[i])
		for range 5 * (i + 1) {
			all.Go(func() {
				if err := calls["GetItem"].call(ctx, client, &table); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for i := range meters {
		n := 5 * (i + 1)
		if got := meters[i].Take(); got != (units.Units{Read: float64(n), Calls: n}) {
			t.Errorf("%d calls: %+v", n, got)
		}
	}
}

// TestUnmeasured: without a meter, a call goes as it is.
func TestUnmeasured(t *testing.T) {
	t.Parallel()
	client, _ := answering()
	input := &dynamodb.GetItemInput{TableName: aws.String("Table"), Key: keyOf("A")}
	if _, err := client.GetItem(t.Context(), input); err != nil || input.ReturnConsumedCapacity != "" {
		t.Errorf("%v, and it asks for %q", err, input.ReturnConsumedCapacity)
	}
	var meter units.Meter
	if _, err := client.GetItem(units.WithMeter(t.Context(), &meter), input); err != nil || input.ReturnConsumedCapacity != types.ReturnConsumedCapacityTotal {
		t.Errorf("%v, and it asks for %q", err, input.ReturnConsumedCapacity)
	}
	if got := meter.Take(); got != (units.Units{Read: 0.5, Calls: 1}) {
		t.Errorf("%+v", got)
	}
}

// TestStoreIsMeasured: the store makes no call that is not among those tested here.
func TestStoreIsMeasured(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("../../store/dynamo/*.go")
	if err != nil {
		t.Fatal(err)
	}
	client := reflect.TypeFor[*dynamodb.Client]()
	var made []string
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?:client|dynamodb)\.(?:New)?(\w+?)(?:Paginator|Input)?\b`).FindAllStringSubmatch(string(source), -1) {
			if _, ok := client.MethodByName(match[1]); ok && match[1] != "Options" {
				made = append(made, match[1])
			}
		}
	}
	slices.Sort(made)
	if made, tested := slices.Compact(made), slices.Sorted(slices.Values(order)); !slices.Equal(made, tested) {
		t.Errorf("the store calls %v, tested are %v", made, tested)
	}
}

// TestOverhead: what is measured costs few allocations, and what is not fewer.
func TestOverhead(t *testing.T) {
	client, plain := answering()
	get := func(client *dynamodb.Client, ctx context.Context) float64 {
		return testing.AllocsPerRun(200, func() {
			if _, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("Table"), Key: keyOf("A")}); err != nil {
				t.Error(err)
			}
		})
	}
	bare, idle, busy := get(plain, t.Context()), get(client, t.Context()), get(client, units.WithMeter(t.Context(), &units.Meter{}))
	t.Logf("allocations of a call: %.0f, with the middleware %.0f, measured %.0f", bare, idle, busy)
	if idle > bare+5 || busy > bare+16 {
		t.Errorf("allocations of a call: %.0f, with the middleware %.0f, measured %.0f", bare, idle, busy)
	}
}

func BenchmarkGetItem(b *testing.B) {
	client, plain := answering()
	for name, test := range map[string]struct {
		client *dynamodb.Client
		ctx    context.Context
	}{
		"plain":    {plain, b.Context()},
		"no meter": {client, b.Context()},
		"measured": {client, units.WithMeter(b.Context(), &units.Meter{})},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := test.client.GetItem(test.ctx, &dynamodb.GetItemInput{TableName: aws.String("Table"), Key: keyOf("A")}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func measured(client *dynamodb.Client) *dynamodb.Client {
	options := client.Options()
	options.APIOptions = append(options.APIOptions, units.Measure(units.MeterOf))
	return dynamodb.New(options)
}

// answering returns clients of a DynamoDB that answers each call at once, with no
// more than what it consumes, if asked; only the first measures.
func answering() (measures, plain *dynamodb.Client) {
	plain = dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: empty{}, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	return measured(plain), plain
}

type empty struct{}

func (empty) Do(r *http.Request) (*http.Response, error) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := "{}"
	if bytes.Contains(asked, []byte(`"ReturnConsumedCapacity":"TOTAL"`)) {
		answer = `{"ConsumedCapacity":{"TableName":"Table","CapacityUnits":0.5}}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}
