package iam_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/iam"
)

// stand is a proxy before the engine, with a table and a client for one function.
type stand struct {
	*dynamodb.Client
	proxy *iam.Proxy
	table string
	url   string
}

func newStand(t *testing.T, actions ...string) stand {
	t.Helper()
	endpoint := enginetest.Endpoint(t)
	_, table := enginetest.Table(t)
	proxy := iam.NewProxy(func() string { return endpoint }, func(name string) (string, bool) { return "pk", name == table })
	err := proxy.Register("KEY", "create-role", []iam.Statement{{
		Effect: "Allow", Actions: actions, Resources: []string{"arn:aws:dynamodb:us-east-1:000000000000:table/" + table},
		Conditions: map[string]map[string][]string{
			"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": {"TENANT#acme"}},
			"Null":                      {"dynamodb:LeadingKeys": {"false"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return stand{client(server.URL, "KEY"), proxy, table, server.URL}
}

func client(url, key string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "token"),
		RetryMaxAttempts: 1,
	})
}

func item(tenant, id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TENANT#" + tenant}, "sk": &types.AttributeValueMemberS{Value: id}}
}

func put(table, tenant, id string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: &table, Item: item(tenant, id)}}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

func TestProxyForwardsWhatIsAllowed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, "dynamodb:PutItem", "dynamodb:Query")
	if _, err := s.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{put(s.table, "acme", "1"), put(s.table, "acme", "2")}}); err != nil {
		t.Fatal(err)
	}
	found, err := s.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("#p = :p"), ExpressionAttributeNames: map[string]string{"#p": "pk"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": &types.AttributeValueMemberS{Value: "TENANT#acme"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if found.Count != 2 {
		t.Errorf("found %d items, want 2", found.Count)
	}
	if used := s.proxy.Used()["create-role"]; !slices.Equal(used, []string{"dynamodb:PutItem", "dynamodb:Query"}) {
		t.Errorf("used %v", used)
	}
}

func TestProxyPassesEngineErrors(t *testing.T) {
	t.Parallel()
	s := newStand(t, "dynamodb:PutItem")
	_, err := s.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &s.table, Item: item("acme", "1"), ConditionExpression: aws.String("attribute_exists(pk)")})
	wantCode(t, err, "ConditionalCheckFailedException")
}

func TestProxyDeniesAsAWSDoes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, "dynamodb:PutItem")
	var heard []iam.Denial
	s.proxy.OnDenied = func(d iam.Denial) { heard = append(heard, d) }

	_, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: item("acme", "1")})
	wantCode(t, err, "AccessDeniedException")
	want := "User: arn:aws:sts::000000000000:assumed-role/create-role/local is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/" +
		s.table + " because no identity-based policy allows the dynamodb:DeleteItem action"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	_, err = s.Scan(ctx, &dynamodb.ScanInput{TableName: &s.table})
	wantCode(t, err, "AccessDeniedException")
	_, err = s.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item("acme-eu", "1")})
	wantCode(t, err, "AccessDeniedException")

	if len(heard) != 3 || len(s.proxy.Denied()) != 3 {
		t.Fatalf("denials %v and %v, want 3", heard, s.proxy.Denied())
	}
	if last := heard[2]; last.Function != "create-role" || last.Action != "dynamodb:PutItem" || !slices.Equal(last.LeadingKeys, []string{"TENANT#acme-eu"}) {
		t.Errorf("denial %+v", last)
	}
}

func TestProxyDeniesATransactionAsAWhole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, "dynamodb:PutItem", "dynamodb:GetItem")
	_, err := s.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{put(s.table, "acme", "1"), put(s.table, "globex", "1")}})
	wantCode(t, err, "AccessDeniedException")
	got, err := s.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme", "1")})
	if err != nil {
		t.Fatal(err)
	}
	if got.Item != nil {
		t.Errorf("the allowed half was written: %v", got.Item)
	}
}

func TestProxyKnowsItsCallers(t *testing.T) {
	t.Parallel()
	s := newStand(t, "dynamodb:PutItem")
	_, err := client(s.url, "OTHER").PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &s.table, Item: item("acme", "1")})
	wantCode(t, err, "UnrecognizedClientException")

	response, err := http.Post(s.url, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("unsigned: status %d, want 400", response.StatusCode)
	}
}

func TestProxyWithoutEngine(t *testing.T) {
	t.Parallel()
	proxy := iam.NewProxy(func() string { return "http://127.0.0.1:1" }, func(string) (string, bool) { return "pk", true })
	if err := proxy.Register("KEY", "f", []iam.Statement{{Effect: "Allow", Actions: []string{"*"}, Resources: []string{"*"}}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	_, err := client(server.URL, "KEY").PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("T"), Item: item("acme", "1")})
	wantCode(t, err, "InternalServerError")
	if used := proxy.Used()["f"]; len(used) != 0 {
		t.Errorf("used %v without an engine", used)
	}
}

func BenchmarkProxy(b *testing.B) {
	client, table := enginetest.Table(b)
	endpoint := enginetest.Endpoint(b)
	proxy := iam.NewProxy(func() string { return endpoint }, func(string) (string, bool) { return "pk", true })
	if err := proxy.Register("local", "f", []iam.Statement{{Effect: "Allow", Actions: []string{"*"}, Resources: []string{"*"}}}); err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	b.Cleanup(server.Close)
	get := func(b *testing.B, client *dynamodb.Client) {
		for b.Loop() {
			if _, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: item("acme", "1")}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("direct", func(b *testing.B) { get(b, client) })
	b.Run("proxied", func(b *testing.B) { get(b, newClient(server.URL)) })
}

func newClient(url string) *dynamodb.Client { return client(url, "local") }

// TestProxyAround: whoever stands around calls can refuse them, serve them although
// nobody gets the reply, or let them pass; what is denied does not get there.
func TestProxyAround(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, "dynamodb:PutItem", "dynamodb:GetItem")
	answer := func(w http.ResponseWriter, r *http.Request, c iam.Call) { c.Serve(w, r) }
	var functions []string
	s.proxy.Around = func(w http.ResponseWriter, r *http.Request, c iam.Call) {
		functions = append(functions, c.Function)
		if !strings.Contains(string(c.Payload), s.table) {
			t.Errorf("payload %s", c.Payload)
		}
		answer(w, r, c)
	}
	get := func(id string) bool {
		t.Helper()
		out, err := s.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme", id)})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item != nil
	}
	if get("1") {
		t.Error("there is an item")
	}
	if _, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: item("acme", "1")}); err == nil {
		t.Error("a call that is not allowed was served")
	}
	answer = func(w http.ResponseWriter, _ *http.Request, _ iam.Call) { w.WriteHeader(http.StatusTeapot) }
	if _, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item("acme", "1")}); err == nil {
		t.Error("a call was served in spite of the refusal")
	}
	answer = func(_ http.ResponseWriter, r *http.Request, c iam.Call) {
		c.Serve(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	if _, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item("acme", "2")}); err == nil {
		t.Error("the reply arrived")
	}
	answer = func(w http.ResponseWriter, r *http.Request, c iam.Call) { c.Serve(w, r) }
	if get("1") || !get("2") {
		t.Error("the refused item is there, or that whose reply was lost is not")
	}
	if want := slices.Repeat([]string{"create-role"}, 5); !slices.Equal(functions, want) {
		t.Errorf("heard of calls of %v, want %v", functions, want)
	}
}
