package sync_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/sync"
)

func TestReconcile(t *testing.T) {
	pages := func() []sync.Page {
		return []sync.Page{{Checked: 1000, Roles: []string{"C", "D"}, Last: "M", More: true}, {Checked: 7}}
	}
	store := &script{pages: pages()}
	done, err := sync.Reconciler{Store: store}.Tenant(t.Context(), id(t, "acme"), "B", func() bool { return true })
	if err != nil || done.Checked != 1007 || done.More || len(done.Changes) != 1 {
		t.Errorf("done %+v, %v", done, err)
	}
	store.want(t, `page acme behind "B"`, "mend acme C* D*", `page acme behind "M"`)

	store = &script{pages: pages()}
	if _, err := (sync.Reconciler{Store: store, DryRun: true}).Tenant(t.Context(), id(t, "acme"), "", func() bool { return true }); err != nil {
		t.Error(err)
	}
	store.want(t, `page acme behind ""`, "compare acme C* D*", `page acme behind "M"`)

	store = &script{pages: pages()}
	done, err = sync.Reconciler{Store: store}.Tenant(t.Context(), id(t, "acme"), "", func() bool { return len(store.asked) == 0 })
	if err != nil || !done.More || done.Last != "M" || done.Checked != 1000 {
		t.Errorf("stopped after a page: %+v, %v", done, err)
	}
}
