package main

import (
	"testing"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
)

// TestSyncCosts: one role change costs at most 12 units of each kind, whatever the
// set's size, and a replay writes nothing. All changes of a batch to a set are one
// version, or two if they are spread over too many buckets for one transaction, and
// cost far less than they would one by one.
func TestSyncCosts(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	costs, err := syncCosts(t.Context(), client, table, []int{10, 1000, 10_000}, 25)
	if err != nil {
		t.Fatal(err)
	}
	single := 0.0
	for _, c := range costs {
		t.Logf("%+v", c)
		if c.records == 1 && (c.units.Read > 12 || c.units.Write > 12) {
			t.Errorf("%+v: at most 12 units are allowed", c)
		}
		fewest, most := int64(1), int64(1)
		switch c.batch {
		case "the same again", "the same again, in full":
			fewest, most = 0, 0
			if c.units.Write != 0 {
				t.Errorf("%+v: a replay writes nothing", c)
			}
		case "a role is created":
			single = c.units.Write
		case "many roles are created":
			most = 2
			if c.units.Write > single*float64(c.records)*0.6 {
				t.Errorf("%+v: one by one they cost %.0f each", c, single)
			}
		}
		if c.versions < fewest || c.versions > most {
			t.Errorf("%+v: want %d to %d versions", c, fewest, most)
		}
	}
	if len(costs) != 3*7 {
		t.Errorf("%d costs, want 21", len(costs))
	}
}
