package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/user"
)

// operation is a kind of request, and what it uses.
type operation struct {
	name      string
	usage     usage
	wakesSync bool // its change goes through the stream
}

// measured is all that costs depend on.
type measured struct {
	operations []operation
	authorizer usage
	sync       usage // one role change, in a batch of its own
	reconcile  usage // one tenant that nobody has changed
	idleBytes  int   // of a new tenant
}

const samples = 20

// measure runs every kind of request in a tenant of 13 built-in roles, 200 of its own
// and 200 users.
func measure(ctx context.Context, engine *capacity.Engine) (m measured, err error) {
	fresh, err := capacity.NewService(ctx, engine, "fresh")
	if err != nil {
		return m, err
	}
	if m.idleBytes, err = bytesOf(ctx, engine, "TENANT#fresh"); err != nil {
		return m, err
	}
	reconciler := sync.Reconciler{Store: fresh.Store, Settle: time.Millisecond}
	if m.reconcile, err = use(fresh, 1, func(int) error {
		_, err := reconciler.Tenant(ctx, fresh.Tenant, "", func() bool { return true })
		return err
	}); err != nil {
		return m, err
	}
	s, err := capacity.NewService(ctx, engine, "busy")
	if err != nil {
		return m, err
	}
	if err := fill(ctx, s); err != nil {
		return m, err
	}
	if m.authorizer, err = measureAuthorizer(ctx, s); err != nil {
		return m, err
	}
	if m.sync, err = measureSync(ctx, s); err != nil {
		return m, err
	}
	m.operations, err = measureOperations(ctx, s)
	return m, err
}

func fill(ctx context.Context, s *capacity.Service) error {
	for i := range 200 {
		id := fmt.Sprintf("ROLE%03d", i)
		if _, err := s.Store.CreateRole(ctx, s.Tenant, audit.Actor{}, role.Role{ID: id, Name: "Role " + id}); err != nil {
			return err
		}
		name := fmt.Sprintf("user-%d@example.com", i)
		u := user.User{ID: userID(i), UserName: name, DisplayName: "A user", Active: true, Emails: []user.Value{{Value: name, Type: "work"}}}
		if _, err := s.Store.CreateUser(ctx, s.Tenant, audit.Actor{}, u); err != nil {
			return err
		}
	}
	return nil
}

func userID(i int) string { return fmt.Sprintf("%02x%030x", i%256, i) }

// use returns the mean of what calls use.
func use(s *capacity.Service, times int, call func(i int) error) (usage, error) {
	s.Meter.Take()
	for i := range times {
		if err := call(i); err != nil {
			return usage{}, err
		}
	}
	units := s.Meter.Take()
	n := float64(times)
	return usage{read: units.Read / n, write: units.Write / n, calls: (units.Calls + times - 1) / times}, nil
}

func measureAuthorizer(ctx context.Context, s *capacity.Service) (usage, error) {
	authenticator := auth.Authenticator{Store: s.Store, JWTs: noJWTs{}, Now: time.Now, Warn: func(context.Context, error) {}}
	ask := func(int) error {
		_, err := authenticator.Authenticate(ctx, "Bearer "+s.Token)
		return err
	}
	if err := ask(0); err != nil { // the day's first use is noted
		return usage{}, err
	}
	return use(s, samples, ask)
}

type noJWTs struct{ auth.JWTs }

func (noJWTs) Peek(string) (string, []string, bool) { return "", nil, false }

func measureSync(ctx context.Context, s *capacity.Service) (usage, error) {
	var total usage
	for i := range samples {
		id := fmt.Sprintf("SYNC%03d", i)
		if _, err := s.Store.CreateRole(ctx, s.Tenant, audit.Actor{}, role.Role{ID: id, Name: id, UpdatePermissionSet: true}); err != nil {
			return total, err
		}
		one, err := use(s, 1, func(int) error {
			return sync.Apply(ctx, s.Store, []sync.Hint{{Tenant: s.Tenant, Role: id}}, sync.Pace{})[s.Tenant].Err
		})
		if err != nil {
			return total, err
		}
		total.read, total.write, total.calls = total.read+one.read/samples, total.write+one.write/samples, max(total.calls, one.calls)
	}
	return total, nil
}

// patchOf is the body of a PATCH with one operation.
func patchOf(operation string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
}

func measureOperations(ctx context.Context, s *capacity.Service) ([]operation, error) {
	roleBody := func(i int) string {
		return fmt.Sprintf(`{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"New role %d"}`, i)
	}
	userBody := func(i int) string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"new-%d@example.com","emails":[{"value":"new-%d@example.com"}]}`, i, i)
	}
	none := func(int) string { return "" }
	at := func(format string) func(int) string { return func(i int) string { return fmt.Sprintf(format, i) } }
	ofUser := func(i int) string { return "/Users/" + userID(i) }
	always := func(text string) func(int) string { return func(int) string { return text } }
	var done []operation
	for _, kind := range []struct {
		name, method string
		operation    func(api.Dependencies) http.Handler
		path, body   func(i int) string
		wakesSync    bool
	}{
		{"get a role", "GET", api.GetRole, at("/Roles/ROLE%03d"), none, false},
		{"page of 100 roles by cursor", "GET", api.ListRoles, always("/Roles?cursor="), none, false},
		{"create a role", "POST", api.CreateRole, always("/Roles"), roleBody, true},
		{"change a role", "PATCH", api.PatchRole, at("/Roles/ROLE%03d"), always(patchOf(`{"op":"replace","path":"description","value":"changed"}`)), true},
		{"delete a role", "DELETE", api.DeleteRole, at("/Roles/ROLE%03d"), none, true},
		{"get a permission set", "GET", api.GetPermissionSet, always("/PermissionSets/FS_RLASG"), none, false},
		{"get a user", "GET", api.GetUser, ofUser, none, false},
		{"find a user by userName", "GET", api.ListUsers, at("/Users?filter=userName+eq+%%22user-%d@example.com%%22"), none, false},
		{"page of 100 users by cursor", "GET", api.ListUsers, always("/Users?cursor="), none, false},
		{"create a user", "POST", api.CreateUser, always("/Users"), userBody, false},
		{"give a user a role", "PATCH", api.PatchUser, ofUser, always(patchOf(`{"op":"add","path":"roles","value":[{"value":"RL_CONFIG"}]}`)), false},
		{"delete a user", "DELETE", api.DeleteUser, ofUser, none, false},
	} {
		used, err := use(s, samples, func(i int) error {
			_, err := s.Send(ctx, kind.operation, kind.method, kind.path(i), kind.body(i))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		used.write += lotsOfRequest
		done = append(done, operation{kind.name, used, kind.wakesSync})
	}
	return done, nil
}

// lotsOfRequest is what counting a request against the default limit writes, in
// units (infra/adr/0009).
const lotsOfRequest = 0.2

// bytesOf adds up the items under a partition key as DynamoDB does: names and values
// (numbers: one byte for two digits, and one more).
func bytesOf(ctx context.Context, engine *capacity.Engine, partition string) (int, error) {
	total := 0
	pages := dynamodb.NewQueryPaginator(engine.Client, &dynamodb.QueryInput{
		TableName: &engine.Table, KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: partition}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("read items: %w", err)
		}
		for _, item := range page.Items {
			total += sizeOf(&types.AttributeValueMemberM{Value: item}) + 100 // for the item itself
		}
	}
	return total, nil
}

func sizeOf(value types.AttributeValue) int {
	size := 0
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberSS:
		for _, text := range v.Value {
			size += len(text)
		}
	case *types.AttributeValueMemberL:
		for _, one := range v.Value {
			size += sizeOf(one) + 1
		}
	case *types.AttributeValueMemberM:
		for name, one := range v.Value {
			size += len(name) + sizeOf(one) + 1
		}
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberBOOL:
		return 1
	}
	return size
}
