package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

const (
	heldRolesPerPage = 100
	holdersAtOnce    = maxTransaction / 2 // a user and the way to it are two actions
	parallelTakings  = 4                  // transactions
	holdersPerPage   = holdersAtOnce * parallelTakings
)

// HeldRoles implements sync.HolderStore at 1 read unit for each role, and 1 more
// for each id: it skips from the first holder of one to the first of the next.
func (s *Store) HeldRoles(ctx context.Context, t tenant.ID, id string, behind sync.HeldRole) (sync.HeldPage, error) {
	all := prefixed(partition(t), holderPrefix)
	if id != "" {
		all = prefixed(partition(t), holderPrefix+id+"#")
	}
	var page sync.HeldPage
	var ids []string
	for page.More = true; page.More && len(page.Roles) < heldRolesPerPage; {
		if behind != (sync.HeldRole{}) {
			all.from = behindHolders(behind)
		}
		first, _, err := s.page(ctx, all, 1)
		if err != nil {
			return sync.HeldPage{}, fmt.Errorf("read holders of roles: %w", err)
		}
		if page.More = len(first) > 0; !page.More {
			break
		}
		if behind, err = heldRoleOf(first[0].text(sortKey)); err != nil {
			return sync.HeldPage{}, err
		}
		page.Roles = append(page.Roles, sync.Held{HeldRole: behind})
		if !slices.Contains(ids, behind.ID) {
			ids = append(ids, behind.ID)
		}
	}
	// Not before they are found to be held: a role that is created in between may be given in between.
	roles, err := s.rolesByID(ctx, t, ids)
	if err != nil {
		return sync.HeldPage{}, err
	}
	for i := range page.Roles {
		held := &page.Roles[i]
		r := roles[held.ID]
		held.Exists = r != nil && r.Created.Equal(held.Created)
	}
	return page, nil
}

// behindHolders is behind all ways from a role to its holders, and before those
// from any other behind it.
func behindHolders(r sync.HeldRole) string {
	from := holders(r.ID, r.Created)
	return from[:len(from)-1] + "$" // the byte after '#'
}

// heldRoleOf reads the role that a way leads from.
func heldRoleOf(way string) (sync.HeldRole, error) {
	id, rest, _ := strings.Cut(strings.TrimPrefix(way, holderPrefix), "#")
	created, _, _ := strings.Cut(rest, "#")
	ms, err := strconv.ParseInt(created, 10, 64)
	r := sync.HeldRole{ID: id, Created: time.UnixMilli(ms).UTC()}
	if err != nil || !strings.HasPrefix(way, holders(r.ID, r.Created)) {
		return r, fmt.Errorf("the sort key %q names no held role", way) // it could not be skipped
	}
	return r, nil
}

// TakeRole implements sync.HolderStore, at 4 write units for each user of up to
// 1 KB, and their ways' bytes. Users are not read: that they hold the role is
// the condition of the change. Where it fails, or others write the same users,
// what is left is read again, the users too, and changed with fewer at once.
func (s *Store) TakeRole(ctx context.Context, t tenant.ID, r sync.HeldRole) (taken int, more bool, err error) {
	const mostInVain = 4 // attempts in a row
	page := prefixed(partition(t), holders(r.ID, r.Created))
	found, more, err := s.holdersIn(ctx, t, r, page)
	if err != nil || len(found) == 0 {
		return 0, false, err
	}
	page.to = page.from + found[len(found)-1].id
	for atOnce, vain := holdersAtOnce, 0; ; atOnce = max(1, atOnce/4) {
		n, err := s.takeFrom(ctx, t, r, found, atOnce)
		taken += n
		if err == nil {
			return taken, more, nil
		}
		if vain++; n > 0 {
			vain = 0
		}
		if !mayFitInParts(err) || vain == mostInVain || ctx.Err() != nil {
			if errors.Is(err, errStale) {
				err = resource.ErrBusy
			}
			return taken, true, fmt.Errorf("take role from users: %w", err)
		}
		if found, _, err = s.holdersIn(ctx, t, r, page); err == nil {
			err = s.findStrays(ctx, t, r, found)
		}
		if err != nil {
			return taken, true, err
		}
	}
}

// mayFitInParts tells whether a transaction that failed may succeed in parts: it
// was cancelled for what others wrote, or for its size.
func mayFitInParts(err error) bool {
	return errors.Is(err, errStale) || errors.Is(err, resource.ErrBusy) || len(cancellationCodes(err)) > 0
}

// holder is a user to whom a role's way leads.
type holder struct {
	id    string
	stray bool // the user does not hold the role, or does not exist
}

// holdersIn reads a page of holders.
func (s *Store) holdersIn(ctx context.Context, t tenant.ID, r sync.HeldRole, in span) (page []holder, more bool, err error) {
	ways, more, err := s.page(ctx, in, holdersPerPage)
	if err != nil {
		return nil, false, fmt.Errorf("read holders of role: %w", err)
	}
	page = make([]holder, len(ways))
	for i, way := range ways {
		page[i].id = way.text(sortKey)[len(in.from):]
	}
	return page, more, nil
}

// findStrays reads the users to tell which of them are strays.
func (s *Store) findStrays(ctx context.Context, t tenant.ID, r sync.HeldRole, among []holder) error {
	keys := make([]key, len(among))
	for i, h := range among {
		keys[i] = userKey(t, h.id)
	}
	users, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	for i := range among {
		among[i].stray = !slices.ContainsFunc(heldRoles(users[keys[i]]), func(held user.Role) bool { return held.ID == r.ID && held.Created.Equal(r.Created) })
	}
	return nil
}

// takeFrom takes the role from holders, so many in a transaction and several
// transactions at the same time, and returns from how many it did. Of strays
// only the ways go. Each transaction is on its own; after one that fails, none
// is begun.
func (s *Store) takeFrom(ctx context.Context, t tenant.ID, r sync.HeldRole, from []holder, atOnce int) (int, error) {
	var taken atomic.Int64
	var failed atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallelTakings)
	now := s.now()
	for chunk := range slices.Chunk(from, atOnce) {
		group.Go(func() error {
			if failed.Load() {
				return nil
			}
			tx := s.newTransaction()
			for _, h := range chunk {
				tx.takeRole(t, h, r, now)
			}
			if err := s.commit(ctx, tx); err != nil {
				failed.Store(true)
				return err
			}
			for _, h := range chunk {
				if !h.stray {
					taken.Add(1)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return int(taken.Load()), err
}

// takeRole takes a role from a user who holds it, whatever others write of the
// user, and deletes the way to it.
func (tx *transaction) takeRole(t tenant.ID, h holder, r sync.HeldRole, now time.Time) {
	tx.delete(tenantKey(t, holders(r.ID, r.Created)+h.id), condition{}, errStale)
	k, c := userKey(t, h.id), holds(r)
	if h.stray {
		tx.check(k, holdsNot(r), errStale)
		return
	}
	names, values := c.attributeNames(), maps.Clone(c.values)
	names["#version"], names["#lastModified"] = "version", "lastModified"
	values[":one"], values[":now"] = number(1), moment(now)
	tx.add(k, types.TransactWriteItem{Update: &types.Update{
		TableName: &tx.table, Key: k.attributes(), UpdateExpression: aws.String("REMOVE #roles.#role SET #lastModified = :now ADD #version :one"),
		ConditionExpression: c.expressionOrNil(), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}, errStale)
}

// holds is true of a user who holds this very role, not another that got its id.
func holds(r sync.HeldRole) condition {
	return condition{"#roles.#role.#created = :created", []string{"roles", "role=" + r.ID, "created"}, item{":created": moment(r.Created)}}
}

// holdsNot is true of any other user, and of one who does not exist.
func holdsNot(r sync.HeldRole) condition {
	c := holds(r)
	c.expression = "attribute_not_exists(#roles.#role) OR #roles.#role.#created <> :created"
	return c
}
