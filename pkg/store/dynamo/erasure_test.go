package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// erasing is a store with a clock, in which acme has something of every kind.
type erasing struct {
	*dynamo.Store
	client *dynamodb.Client
	table  string
	later  time.Duration
	acme   tenant.ID
	secret string
}

func newErasing(t *testing.T) *erasing {
	t.Helper()
	e := &erasing{acme: parse(t, "acme")}
	e.client, e.table = enginetest.Table(t)
	e.Store = dynamo.New(e.client, e.table, func() time.Time { return time.Now().Add(e.later) })
	for _, name := range []string{"acme", "acme-eu"} {
		if _, _, err := onboard.Onboard(t.Context(), e, parse(t, name), actor, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	roles := make([]role.Role, 120)
	for i := range roles {
		roles[i] = role.Role{ID: fmt.Sprintf("N%05d", i), Name: fmt.Sprintf("Number %d", i)}
	}
	alice := ordinary("7f01")
	alice.Roles = []user.Role{{ID: "N00001", Created: time.Now()}}
	var token auth.Token
	e.secret, token = auth.NewToken(e.acme, "robot", time.Now(), time.Hour)
	_, c := auth.NewClient(e.acme, "HR", "hr", time.Now())
	_, configuring := e.Configure(t.Context(), e.acme, actor, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.Issuer = &tenant.Issuer{URL: "https://login.example.com", Audience: "rolecall"}
		return c, nil
	})
	if err := errors.Join(configuring, e.PutRoles(t.Context(), e.acme, roles), e.PutUsers(t.Context(), e.acme, []user.User{alice}),
		e.IssueToken(t.Context(), actor, token, auth.HashToken(e.secret), []string{"RL_AUDITV"}), e.CreateClient(t.Context(), actor, c, []string{"RL_AUDITV"})); err != nil {
		t.Fatal(err)
	}
	return e
}

func parse(t *testing.T, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// items counts what is stored, by partition key.
func (e *erasing) items(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	in := &dynamodb.ScanInput{TableName: &e.table}
	for {
		out, err := e.client.Scan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			counts[it["pk"].(*types.AttributeValueMemberS).Value]++
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return counts
		}
	}
}

func (e *erasing) steps(t *testing.T, n int) tenant.Erasure {
	t.Helper()
	done, err := e.Erase(t.Context(), e.acme, actor, func() bool { n--; return n >= 0 })
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// authenticate bears the token robot has.
func (e *erasing) authenticate(t *testing.T) error {
	t.Helper()
	_, err := auth.Authenticator{Store: e, JWTs: noJWTs{}, Now: time.Now, Warn: func(_ context.Context, err error) { t.Error(err) }}.
		Authenticate(t.Context(), "Bearer "+e.secret)
	return err
}

type noJWTs struct{ auth.JWTs }

func (noJWTs) Peek(string) (string, []string, bool) { return "", nil, false }

// TestErase stops the deletion after each step, and takes it up again.
func TestErase(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	before := e.items(t)
	if first := e.steps(t, 0); first != (tenant.Erasure{}) {
		t.Errorf("without time, Erase = %+v", first)
	}
	if err := e.authenticate(t); !errors.Is(err, auth.ErrSuspended) {
		t.Errorf("while acme is being deleted, Authenticate = %v", err)
	}
	if _, err := auth.LoadGrants(t.Context(), e, auth.Caller{Tenant: e.acme, Principal: "robot"}); !errors.Is(err, auth.ErrSuspended) {
		t.Errorf("while acme is being deleted, LoadGrants = %v", err)
	}
	for what, err := range e.changes(t) {
		if !errors.Is(err, tenant.ErrDeleting) {
			t.Errorf("while acme is being deleted, %s = %v", what, err)
		}
	}
	if err := e.bringInLine(t); err != nil {
		t.Errorf("while acme is being deleted, BringInLine = %v", err)
	}
	deleted, calls := 0, 0
	for done := (tenant.Erasure{}); done.Wait == 0; calls++ {
		if done = e.steps(t, 1); done.Complete || done.Wait > tenant.Grace {
			t.Fatalf("Erase = %+v", done)
		}
		deleted += done.Deleted
	}
	if calls < 4 {
		t.Errorf("all of it took %d calls", calls)
	}
	// A request that began before may write until it has to be over.
	if err := e.PutRoles(t.Context(), e.acme, []role.Role{{ID: "LATE", Name: "Late"}}); err != nil {
		t.Fatal(err)
	}
	e.later = tenant.Grace
	if done := e.steps(t, 2); !done.Complete || done.Deleted != 2 || done.Wait != 0 {
		t.Errorf("the last Erase = %+v", done)
	}
	e.wantErased(t, before, deleted)
}

// wantErased: nothing of acme is left, and everything of acme-eu.
func (e *erasing) wantErased(t *testing.T, before map[string]int, deleted int) {
	t.Helper()
	after := e.items(t)
	for partition := range after {
		if partition == "TENANT#acme" || strings.HasPrefix(partition, "ISSUER#") {
			t.Errorf("%d items are left in %s", after[partition], partition)
		}
	}
	want := before["TENANT#acme"] - len([]string{"CONFIG", "ISSUER"}) + len([]string{"the audit record", "of administrator", "of robot"})
	if deleted != want || after["TENANT#acme-eu"] != before["TENANT#acme-eu"] || after["TENANTS"] != 1 || len(after) != 3 {
		t.Errorf("%d items were deleted, want %d; left are %v", deleted, want, slices.Collect(maps.Keys(after)))
	}
	if err := e.authenticate(t); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("after the deletion, Authenticate = %v", err)
	}
	for what, err := range e.changes(t) {
		if !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("after the deletion, %s = %v", what, err)
		}
	}
	if _, err := e.Erase(t.Context(), e.acme, actor, func() bool { return true }); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("after the deletion, Erase = %v", err)
	}
	if err := e.bringInLine(t); err != nil {
		t.Errorf("after the deletion, BringInLine = %v", err)
	}
	if _, _, err := onboard.Onboard(t.Context(), e, e.acme, actor, time.Now()); err != nil {
		t.Errorf("after the deletion, Onboard = %v", err)
	}
}

// changes tries what may not be done with a tenant that goes.
func (e *erasing) changes(t *testing.T) map[string]error {
	t.Helper()
	_, token := auth.NewToken(e.acme, "late", time.Now(), time.Hour)
	_, c := auth.NewClient(e.acme, "Late", "late", time.Now())
	_, rotating := e.RotateCursorKeys(t.Context(), e.acme, actor, tenant.NewCursorKey(time.Now()))
	_, configuring := e.Configure(t.Context(), e.acme, actor, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.State = tenant.Active
		return c, nil
	})
	return map[string]error{
		"IssueToken":       e.IssueToken(t.Context(), actor, token, auth.HashToken("late"), []string{"RL_AUDITV"}),
		"CreateClient":     e.CreateClient(t.Context(), actor, c, []string{"RL_AUDITV"}),
		"RotateCursorKeys": rotating,
		"Configure":        configuring,
	}
}

// bringInLine does what late records of the stream ask for: to look at a role, and
// at all of them.
func (e *erasing) bringInLine(t *testing.T) error {
	t.Helper()
	var err error
	for _, hint := range []sync.Hint{{Tenant: e.acme, Role: "RL_CONFIG", Deleted: true}, {Tenant: e.acme, Role: "N00001"}, {Tenant: e.acme}} {
		err = errors.Join(err, sync.Apply(t.Context(), e, []sync.Hint{hint}, sync.Pace{})[e.acme].Err)
	}
	return err
}

// TestSetsWithoutTenant: only a tenant that is gone with its sets has nothing out
// of line.
func TestSetsWithoutTenant(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	if _, err := e.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &e.table, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: "CONFIG"},
	}}); err != nil {
		t.Fatal(err)
	}
	for _, hint := range []sync.Hint{{Tenant: e.acme, Role: "RL_CONFIG"}, {Tenant: e.acme}} {
		if err := sync.Apply(t.Context(), e, []sync.Hint{hint}, sync.Pace{})[e.acme].Err; !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%+v: %v", hint, err)
		}
	}
}
