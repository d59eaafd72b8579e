package operator

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// RotateCursorKeyRequest is the event by which an operator gives a tenant a new
// key for its cursors.
type RotateCursorKeyRequest struct {
	Tenant string `json:"tenant"`
}

// RotateCursorKeyAnswer tells how many keys the tenant has now. The newest
// seals; the others open the cursors that they sealed before.
type RotateCursorKeyAnswer struct {
	Tenant  string    `json:"tenant"`
	Keys    int       `json:"keys"`
	Created time.Time `json:"created"` // of the newest
}

// ServeCursorKeyRotation runs the function that makes cursor keys.
func ServeCursorKeyRotation() {
	env := lambdaenv.MustLoad()
	serve(env, cursorKeyRotation{env.Store, env.Log}.handle)
}

type cursorKeyRotation struct {
	store tenant.CursorKeyStore
	log   *slog.Logger
}

func (r cursorKeyRotation) handle(ctx context.Context, request RotateCursorKeyRequest) (RotateCursorKeyAnswer, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return RotateCursorKeyAnswer{}, err
	}
	keys, err := r.store.RotateCursorKeys(ctx, t, actor(ctx), tenant.NewCursorKey(time.Now().UTC()))
	if err != nil {
		return RotateCursorKeyAnswer{}, explain(t, fmt.Errorf("rotate cursor key: %w", err))
	}
	r.log.InfoContext(ctx, "cursor key rotated", "tenant", t.String(), "keys", len(keys))
	return RotateCursorKeyAnswer{Tenant: t.String(), Keys: len(keys), Created: keys[0].Created}, nil
}
