package upkeep

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/rolecall/rolecall/infra/queries"
	"github.com/rolecall/rolecall/pkg/sync"
)

// TestQueries: what the saved queries ask for, the lines of batches tell.
func TestQueries(t *testing.T) {
	t.Parallel()
	all, err := queries.All()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	lines := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	errs := []error{errors.New("one"), errors.New("two"), errors.New("three")}
	logBatch(t.Context(), lines, sync.Report{Tenants: make([]sync.TenantReport, 1), Errors: errs})
	taking{log: lines}.logBatch(t.Context(), sync.DeletionReport{Tenants: make([]sync.TenantDeletions, 1), Errors: errs})
	for _, q := range slices.Concat(queries.Asking(all, "batch applied"), queries.Asking(all, "deleted roles taken")) {
		if missing, err := q.Missing(log.String()); err != nil || len(missing) > 0 {
			t.Errorf("%s asks for %v, %v", q.Name, missing, err)
		}
	}
}
