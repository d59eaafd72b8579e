package simulation

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// versionName names a version of a set.
type versionName struct {
	setName
	created time.Time
	version int64
}

func nameOf(t tenant.ID, set permission.Set) versionName {
	return versionName{setName{t, set.ID}, set.Created, set.Version}
}

// contentOf is the same for the same content.
func contentOf(set permission.Set) string {
	sum := sha256.Sum256(fmt.Append(nil, set.Name, set.ExternalID, set.LastModified.UnixMilli(), set.Items))
	return string(sum[:])
}

// readSets lets a client read a set, or a list of them, while others write: what
// it gets must be what the set was at that version.
func (s *simulation) readSets(d dice, f focus) {
	id := pick(d, append(ownSets(), s.model.tenants[f.tenant].configured))
	op := s.begin(reading, 0, f.tenant)
	op.set, op.contested = id, true
	var read []permission.Set
	s.request(op, "reads sets, from "+id, func(ctx context.Context) error {
		if d.chance(0.5) {
			set, err := s.store.PermissionSet(ctx, f.tenant, id)
			read = append(read, set)
			return err
		}
		var err error
		read, _, err = s.store.PermissionSets(ctx, f.tenant, resource.Span{}, 1000)
		if err != nil {
			read = make([]permission.Set, 1)
		}
		return err
	})
	for _, set := range read {
		if set.ID == "" { // it was not read
			continue
		}
		s.tally.add(SetsRead)
		if content, known := s.contents[nameOf(f.tenant, set)]; !known || content != contentOf(set) {
			s.fail(OneChange, "operation %d read of version %d of %s of %s what it never was: %+v", op.number, set.Version, set.ID, f.tenant, set)
		}
	}
}
