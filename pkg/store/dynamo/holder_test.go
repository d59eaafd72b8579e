package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	gosync "sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// holding is a store in which users of acme hold the roles GONE, which has been
// deleted, and KEPT.
type holding struct {
	*dynamo.Store // of clients, whom nothing befalls
	client        *dynamodb.Client
	table         string
	acme          tenant.ID
	gone, kept    sync.HeldRole
	ids           []string
}

func newHolding(t *testing.T, users int) *holding {
	t.Helper()
	h := &holding{acme: parse(t, "acme")}
	h.client, h.table = enginetest.Table(t)
	h.Store = dynamo.New(h.client, h.table, time.Now)
	h.gone, h.kept = h.createRole(t, "GONE"), h.createRole(t, "KEPT")
	all := make([]user.User, users)
	for i := range all {
		all[i] = ordinary(fmt.Sprintf("%032x", i))
		all[i].Roles = []user.Role{{ID: h.gone.ID, Created: h.gone.Created}, {ID: h.kept.ID, Created: h.kept.Created, Type: "kept"}}
		h.ids = append(h.ids, all[i].ID)
	}
	if err := errors.Join(h.PutUsers(t.Context(), h.acme, all), h.DeleteRole(t.Context(), h.acme, actor, "GONE", unchecked)); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *holding) createRole(t *testing.T, id string) sync.HeldRole {
	t.Helper()
	r, err := h.CreateRole(t.Context(), h.acme, actor, role.Role{ID: id, Name: id})
	if err != nil {
		t.Fatal(err)
	}
	return sync.HeldRole{ID: id, Created: r.Created}
}

// disturbed is the store of one who takes roles: before is asked before each of
// its calls, in which the call fails if it says so.
func (h *holding) disturbed(before func(call any) error) *dynamo.Store {
	options := h.client.Options()
	var mutex gosync.Mutex
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("disturb", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			mutex.Lock()
			defer mutex.Unlock()
			if err := before(in.Parameters); err != nil {
				return middleware.InitializeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	})
	return dynamo.New(dynamodb.New(options), h.table, time.Now)
}

// take takes GONE from its holders to the end.
func (h *holding) take(t *testing.T, store *dynamo.Store) (taken int) {
	t.Helper()
	for more := true; more; {
		var n int
		var err error
		if n, more, err = store.TakeRole(t.Context(), h.acme, h.gone); err != nil {
			t.Fatal(err)
		}
		taken += n
	}
	return taken
}

// check wants all users but some to hold KEPT, no one GONE, and each to have been
// changed as often as the role was taken from it, or as expected says.
func (h *holding) check(t *testing.T, but map[string]user.User) {
	t.Helper()
	page, err := h.HeldRoles(t.Context(), h.acme, "GONE", sync.HeldRole{})
	if err != nil || slices.ContainsFunc(page.Roles, func(r sync.Held) bool { return r.HeldRole == h.gone }) {
		t.Errorf("GONE is held still: %+v, %v", page, err)
	}
	holders, _, err := h.UsersBy(t.Context(), h.acme, user.ByRole, "KEPT", resource.Span{}, len(h.ids)+1)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, u := range holders {
		kept[u.ID] = true
	}
	for _, id := range h.ids {
		want, special := but[id]
		u, err := h.User(t.Context(), h.acme, id)
		if special && want.ID == "" {
			if !errors.Is(err, resource.ErrNotFound) {
				t.Errorf("user %s was deleted, and now: %+v, %v", id, u, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !special {
			want = ordinary(id)
			want.Version = 2
			want.Roles = []user.Role{{ID: h.kept.ID, Created: h.kept.Created, Type: "kept"}}
		}
		want.Created, want.LastModified = u.Created, u.LastModified
		if fmt.Sprint(u) != fmt.Sprint(want) || !kept[id] || u.LastModified.Before(u.Created) {
			t.Errorf("user\n%+v\nwant\n%+v", u, want)
		}
	}
}

// TestTakeRoleInterrupted: who takes a role dies before a call, or once it is
// made, again and again. Each goes on where the last one died.
func TestTakeRoleInterrupted(t *testing.T) {
	t.Parallel()
	h := newHolding(t, 700)
	random := rand.New(rand.NewPCG(3, 9))
	deaths := 0
	for again := true; again; {
		ctx, die := context.WithCancel(t.Context())
		left := 1 + random.IntN(8)
		store := h.disturbed(func(any) error {
			if left--; left == 0 && deaths < 12 {
				if random.IntN(2) == 0 {
					die()
				} else {
					time.AfterFunc(time.Duration(random.IntN(20))*time.Millisecond, die)
				}
			}
			return nil
		})
		taken := sync.TakeDeleted(ctx, store, []sync.Deletion{{Tenant: h.acme, Role: "GONE"}}, sync.Pace{Patience: time.Minute})[sync.Deletion{Tenant: h.acme, Role: "GONE"}]
		if again = taken.Left; again {
			deaths++
		}
		if taken.Err != nil || again && ctx.Err() == nil {
			t.Fatalf("taken %+v", taken)
		}
		die()
	}
	if deaths < 5 {
		t.Errorf("it died %d times", deaths)
	}
	h.check(t, nil)
}

// TestTakeRoleBetween: others write a tenth of the users after they were found to
// hold the role and before it is taken from them.
func TestTakeRoleBetween(t *testing.T) {
	t.Parallel()
	update := func(h *holding, id string, change func(*user.User)) (user.User, error) {
		return h.UpdateUser(t.Context(), h.acme, actor, id, changing(change))
	}
	for name, test := range map[string]struct {
		write        func(h *holding, id string, again user.Role) (user.User, error) // what is left of the user
		taken        int
		transactions int // at most
	}{
		"changed": {func(h *holding, id string, _ user.Role) (user.User, error) {
			u, err := update(h, id, func(u *user.User) { u.Title = "Tour Guide" })
			u.Version, u.Roles = 3, u.Roles[1:]
			return u, err
		}, 120, 3},
		"given the new role": {func(h *holding, id string, again user.Role) (user.User, error) {
			return update(h, id, func(u *user.User) { u.Roles[0] = again })
		}, 108, 12},
		"taken": {func(h *holding, id string, _ user.Role) (user.User, error) {
			return update(h, id, func(u *user.User) { u.Roles = u.Roles[1:] })
		}, 108, 12},
		"deleted": {func(h *holding, id string, _ user.Role) (user.User, error) {
			return user.User{}, h.DeleteUser(t.Context(), h.acme, actor, id, unchecked)
		}, 108, 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHolding(t, 120)
			but := map[string]user.User{}
			transactions := 0
			store := h.disturbed(func(call any) error {
				if _, is := call.(*dynamodb.TransactWriteItemsInput); !is {
					return nil
				}
				if transactions++; transactions > 1 {
					return nil
				}
				again := h.createRole(t, "GONE")
				for i := 0; i < len(h.ids); i += 10 {
					var err error
					if but[h.ids[i]], err = test.write(h, h.ids[i], user.Role{ID: again.ID, Created: again.Created}); err != nil {
						t.Error(err)
					}
				}
				return nil
			})
			if taken := h.take(t, store); taken != test.taken {
				t.Errorf("taken from %d users, want %d", taken, test.taken)
			}
			h.check(t, but)
			if transactions > test.transactions {
				t.Errorf("it took %d transactions", transactions)
			}
		})
	}
}

// TestHeldRolesBetween: a role that is created and given while held roles are
// looked for exists.
func TestHeldRolesBetween(t *testing.T) {
	t.Parallel()
	h := newHolding(t, 3)
	var again sync.HeldRole
	calls := 0
	store := h.disturbed(func(call any) error {
		if _, is := call.(*dynamodb.QueryInput); !is {
			return nil
		}
		if calls++; calls == 2 { // one who was held has been found
			again = h.createRole(t, "GONE")
			if _, err := h.UpdateUser(t.Context(), h.acme, actor, h.ids[0], changing(func(u *user.User) { u.Roles[0] = user.Role{ID: again.ID, Created: again.Created} })); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	page, err := store.HeldRoles(t.Context(), h.acme, "", sync.HeldRole{})
	if want := []sync.Held{{HeldRole: h.gone}, {HeldRole: again, Exists: true}, {HeldRole: h.kept, Exists: true}}; err != nil || page.More || !slices.Equal(page.Roles, want) {
		t.Errorf("held %+v, %v, want %+v", page, err, want)
	}
}

// TestTakeRoleStrays: ways that lead to nobody, or to who does not hold the role,
// are deleted, and no user is changed for them.
func TestTakeRoleStrays(t *testing.T) {
	t.Parallel()
	h := newHolding(t, 30)
	again := h.createRole(t, "GONE")
	but := map[string]user.User{}
	for i, id := range h.ids {
		change := func(u *user.User) { u.Roles = u.Roles[1:] }
		switch i % 3 {
		case 0:
			continue
		case 1:
			change = func(u *user.User) { u.Roles[0] = user.Role{ID: again.ID, Created: again.Created} }
		}
		u, err := h.UpdateUser(t.Context(), h.acme, actor, id, changing(change))
		if err != nil {
			t.Fatal(err)
		}
		but[id] = u
		way := fmt.Sprintf("HOLDER#GONE#%015d#%s", h.gone.Created.UnixMilli(), id)
		h.put(t, way)
		h.put(t, way+"-nobody")
	}
	if taken := h.take(t, h.Store); taken != 10 {
		t.Errorf("taken from %d users, want 10", taken)
	}
	h.check(t, but)
}

func (h *holding) put(t *testing.T, sort string) {
	t.Helper()
	if _, err := h.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &h.table, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: sort},
	}}); err != nil {
		t.Fatal(err)
	}
}

// TestTakeRoleInParts: what is too large for DynamoDB, or meets others, is written
// with fewer users at once; what stays impossible is told.
func TestTakeRoleInParts(t *testing.T) {
	t.Parallel()
	h := newHolding(t, 60)
	cancelled := func(code string) error {
		return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("None")}, {Code: aws.String(code)}}}
	}
	refusing := func(most int, err error) *dynamo.Store {
		return h.disturbed(func(call any) error {
			if tx, is := call.(*dynamodb.TransactWriteItemsInput); is && len(tx.TransactItems) > most {
				return err
			}
			return nil
		})
	}
	for _, code := range []string{"TransactionConflict", "ConditionalCheckFailed"} {
		if taken, more, err := refusing(0, cancelled(code)).TakeRole(t.Context(), h.acme, h.gone); taken != 0 || !more || !errors.Is(err, resource.ErrBusy) {
			t.Errorf("%s: taken %d, more %t, %v", code, taken, more, err)
		}
	}
	broken := errors.New("broken")
	if taken, more, err := refusing(0, broken).TakeRole(t.Context(), h.acme, h.gone); taken != 0 || !more || !errors.Is(err, broken) {
		t.Errorf("taken %d, more %t, %v", taken, more, err)
	}
	if taken := h.take(t, refusing(8, cancelled("ValidationError"))); taken != 60 {
		t.Errorf("taken from %d users, want 60", taken)
	}
	h.check(t, nil)
}

// TestCostOfTakenRoles: what a deletion costs follows from how many hold the role,
// and what looking for deletions costs, from how many roles are held.
func TestCostOfTakenRoles(t *testing.T) {
	t.Parallel()
	h := newHolding(t, 1000)
	client, units := capacity.Metered(h.client)
	store := dynamo.New(client, h.table, time.Now)
	if _, err := store.HeldRoles(t.Context(), h.acme, "", sync.HeldRole{}); err != nil {
		t.Fatal(err)
	}
	atMost(t, units, "look at 2 held roles", 5, 0)
	deletion := sync.Deletion{Tenant: h.acme, Role: "GONE"}
	take := func() int {
		taken := sync.TakeDeleted(t.Context(), store, []sync.Deletion{deletion}, sync.Pace{})[deletion]
		if taken.Err != nil || taken.Left {
			t.Fatalf("taken %+v", taken)
		}
		return taken.Users
	}
	if n := take(); n != 1000 {
		t.Errorf("taken from %d users", n)
	}
	atMost(t, units, "take a role from 1,000 users", 50, 4000)
	if n := take(); n != 0 {
		t.Errorf("taken again from %d users", n)
	}
	atMost(t, units, "a replay", 2, 0)
}
