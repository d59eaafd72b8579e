package dynamo_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestExpiredAuditRecords reads records that the engine, as DynamoDB for some
// days, has not deleted.
func TestExpiredAuditRecords(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	now := start
	store := dynamo.New(client, table, func() time.Time { return now })
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, now); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		now = start.Add(time.Duration(i) * time.Hour)
		if _, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: fmt.Sprint("R", i), Name: fmt.Sprint("R", i)}); err != nil {
			t.Fatal(err)
		}
	}
	all, _, err := store.AuditRecords(t.Context(), acme, resource.Span{}, 10)
	if err != nil || len(all) != 4 {
		t.Fatalf("AuditRecords = %+v, %v", all, err)
	}
	for _, test := range []struct {
		at   time.Time
		left int // of the four records
	}{
		{start.Add(audit.Retention - time.Second), 4},
		{start.Add(audit.Retention), 2},
		{start.Add(audit.Retention + time.Hour - time.Second), 2},
		{start.Add(audit.Retention + time.Hour), 1},
		{start.Add(audit.Retention + 24*time.Hour), 0},
	} {
		now = test.at
		for _, limit := range []int{1, 10} {
			left, more, err := store.AuditRecords(t.Context(), acme, resource.Span{}, limit)
			if err != nil || len(left) != min(limit, test.left) || !more && limit < test.left {
				t.Errorf("at %s: AuditRecords(%d) = %+v, %t, %v", test.at, limit, left, more, err)
			}
		}
		for i, r := range all {
			if _, err := store.AuditRecord(t.Context(), acme, r.ID); errors.Is(err, resource.ErrNotFound) != (i < 4-test.left) {
				t.Errorf("at %s: AuditRecord(%d) = %v", test.at, i, err)
			}
		}
	}
}
