package tenant

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
)

// CursorLife is how long a cursor is good for after it was made.
const CursorLife = time.Hour

// CursorKey is a secret with which a tenant's cursors are sealed. Each tenant
// has its own, so no cursor of one can be of use in another.
type CursorKey struct {
	ID      uint32 // stands in the cursors
	Secret  [32]byte
	Created time.Time
}

// NewCursorKey makes a random key.
func NewCursorKey(now time.Time) CursorKey {
	k := CursorKey{Created: now}
	var id [4]byte
	rand.Read(id[:])
	k.ID = binary.BigEndian.Uint32(id[:])
	rand.Read(k.Secret[:])
	return k
}

// AddCursorKey returns the keys, newest first, with a new one in front. Left out
// are those of which no cursor can be good any more, because a newer key
// has been sealing for longer than a cursor's life.
func AddCursorKey(keys []CursorKey, added CursorKey) []CursorKey {
	kept := []CursorKey{added}
	for i, k := range keys {
		// Whoever read the keys just before a newer one came may have sealed with
		// this one a moment later.
		const margin = time.Minute
		if i > 0 && added.Created.Sub(keys[i-1].Created) > CursorLife+margin {
			break
		}
		kept = append(kept, k)
	}
	return kept
}

// CursorKeyStore keeps the cursor keys of all tenants.
type CursorKeyStore interface {
	// CursorKeys returns the keys, newest first: the first seals, all open. It
	// sees every change that returned before.
	CursorKeys(ctx context.Context, t ID) ([]CursorKey, error)
	// RotateCursorKeys puts added before the keys as AddCursorKey says, together
	// with the audit record, and returns them as they are then. It returns
	// ErrUnknown or ErrDeleting.
	RotateCursorKeys(ctx context.Context, t ID, by audit.Actor, added CursorKey) ([]CursorKey, error)
}
