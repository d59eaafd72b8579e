package lambdaenv

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// memory notes what it was asked to bring in line; it fails for globex.
type memory struct{ applied []string }

func (m *memory) BringInLine(_ context.Context, t tenant.ID, roles []string, _ func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	if t.String() == "globex" {
		return nil, errors.New("throttled")
	}
	for _, id := range roles {
		m.applied = append(m.applied, t.String()+"/"+id)
	}
	return nil, nil
}

func TestSyncBatch(t *testing.T) {
	var batch streamBatch
	err := json.Unmarshal([]byte(`{"Records":[
		{"dynamodb":{"SequenceNumber":"1","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#A"}}}},
		{"dynamodb":{"SequenceNumber":"2","Keys":{"pk":{"S":"TENANT#globex"},"sk":{"S":"ROLE#B"}}}},
		{"dynamodb":{"SequenceNumber":"3","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"CONFIG"}}}},
		{"dynamodb":{"SequenceNumber":"4","Keys":"what is this"}},
		{"dynamodb":{"SequenceNumber":"5"}},
		{"dynamodb":{"SequenceNumber":"6","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#C"}},"NewImage":{"name":{"Z":1}}}},
		{"dynamodb":{"SequenceNumber":"7","Keys":{"pk":{"S":"TENANT#globex"},"sk":{"S":"ROLE#D"}}}}
	]}`), &batch)
	if err != nil {
		t.Fatal(err)
	}
	store := &memory{}
	response := syncBatch(t.Context(), store, silent, batch)
	var failed []string
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	slices.Sort(failed)
	if want := []string{"2", "3", "4", "5", "7"}; !slices.Equal(failed, want) {
		t.Errorf("failed %v, want %v", failed, want)
	}
	if want := []string{"acme/A", "acme/C"}; !slices.Equal(store.applied, want) {
		t.Errorf("applied %v, want %v", store.applied, want)
	}
}
