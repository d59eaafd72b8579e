package operator

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// DeleteRequest is the event by which an operator deletes a tenant.
type DeleteRequest struct {
	Tenant  string `json:"tenant"`
	Confirm string `json:"confirm"` // the tenant's id again
	// Seconds is after how long the function answers, for callers that do not wait
	// as long as it may run. 0 uses the function's time.
	Seconds int `json:"seconds,omitempty"`
}

// DeleteAnswer tells how far the deletion has come. Unless it is complete, the
// same request goes on with it.
type DeleteAnswer struct {
	Tenant      string `json:"tenant"`
	Complete    bool   `json:"complete"`
	Deleted     int    `json:"deleted"`               // items, by this invocation
	WaitSeconds int    `json:"waitSeconds,omitempty"` // before going on: requests that were under way have to end
}

// ServeDeletion runs the function that deletes tenants.
func ServeDeletion() {
	env := lambdaenv.MustLoad()
	serve(env, deletion{env.Store, env.Log}.handle)
}

type deletion struct {
	store tenant.Eraser
	log   *slog.Logger
}

func (d deletion) handle(ctx context.Context, request DeleteRequest) (DeleteAnswer, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return DeleteAnswer{}, err
	}
	if request.Confirm != t.String() {
		return DeleteAnswer{}, fmt.Errorf("nothing is deleted: confirm has to be the tenant's id again, %s", t)
	}
	goOn := lambdaenv.TimeLeft(ctx, time.Duration(request.Seconds)*time.Second)
	done, err := d.store.Erase(ctx, t, actor(ctx), goOn)
	message := "tenant is being deleted"
	if done.Complete {
		message = "tenant deleted"
	}
	if err == nil || done.Deleted > 0 {
		d.log.WarnContext(ctx, message, "tenant", t.String(), "items", done.Deleted)
	}
	if err != nil {
		return DeleteAnswer{}, explain(t, fmt.Errorf("delete tenant %s: %w", t, err))
	}
	return DeleteAnswer{t.String(), done.Complete, done.Deleted, int((done.Wait + time.Second - 1) / time.Second)}, nil
}
