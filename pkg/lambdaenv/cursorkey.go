package lambdaenv

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// RotateCursorKeyRequest is the event by which an operator gives a tenant a new
// key for its cursors.
type RotateCursorKeyRequest struct {
	Tenant string `json:"tenant"`
}

// RotateCursorKeyResponse tells how many keys the tenant has now. The newest
// seals; the others open the cursors that they sealed before.
type RotateCursorKeyResponse struct {
	Tenant  string    `json:"tenant"`
	Keys    int       `json:"keys"`
	Created time.Time `json:"created"` // of the newest
}

// ServeCursorKeyRotation runs the function that makes cursor keys.
func ServeCursorKeyRotation() {
	env := MustLoad()
	lambda.Start(func(ctx context.Context, request RotateCursorKeyRequest) (RotateCursorKeyResponse, error) {
		t, err := tenant.ParseID(request.Tenant)
		if err != nil {
			return RotateCursorKeyResponse{}, err
		}
		keys, err := env.Store.RotateCursorKeys(ctx, t, tenant.NewCursorKey(time.Now().UTC()))
		if err != nil {
			return RotateCursorKeyResponse{}, fmt.Errorf("rotate cursor key: %w", err)
		}
		env.Log.InfoContext(ctx, "cursor key rotated", "tenant", t.String(), "keys", len(keys))
		return RotateCursorKeyResponse{Tenant: t.String(), Keys: len(keys), Created: keys[0].Created}, nil
	})
}
