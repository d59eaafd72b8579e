package dynamo_test

import (
	"io"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// TestCostOfThrottling: a request costs a fifth of a write unit at the default
// limits, one at small ones, and nothing once it is refused.
func TestCostOfThrottling(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	for _, test := range []struct {
		what      string
		limits    tenant.Limits
		write     float64 // for 100 requests
		untilOver int
	}{
		{"100 requests at the default limits", tenant.DefaultLimits, 20, 900},
		{"100 requests at small limits", tenant.Limits{Requests: 100, Window: time.Hour}, 100, 0},
	} {
		process := throttle.New(store, func() time.Time { return time.Unix(1_800_000_000, 0) }, slog.New(slog.NewTextHandler(io.Discard, nil)))
		allow := func(n int, want bool) {
			for i := range n {
				if _, ok := process.Allow(t.Context(), acme, test.limits); ok != want {
					t.Fatalf("%s: request %d: %t", test.what, i, ok)
				}
			}
		}
		allow(100, true)
		atMost(t, u, test.what, 0, test.write)
		allow(test.untilOver, true)
		u.Take()
		allow(1000, false)
		atMost(t, u, "1,000 requests over the limit", 0, 0)
	}
}

// TestCountsExpire: DynamoDB deletes a window's item when the window has ended,
// and the item lies in no tenant's partition.
func TestCountsExpire(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1_800_000_000, 0)
	for range 2 {
		if _, err := store.CountRequests(t.Context(), acme, start, start.Add(100*time.Second), 5); err != nil {
			t.Fatal(err)
		}
	}
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil || len(out.Items) != 1 {
		t.Fatalf("%d items, %v", len(out.Items), err)
	}
	want := map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "RATE#acme"}, "sk": &types.AttributeValueMemberS{Value: "1800000000#100"},
		"count": &types.AttributeValueMemberN{Value: "10"}, "expires": &types.AttributeValueMemberN{Value: "1800000100"},
	}
	if got := out.Items[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("the item is %v, want %v", got, want)
	}
}
