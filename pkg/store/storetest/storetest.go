// Package storetest is the contract of Rolecall's store: tests that every
// implementation has to pass.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
	"github.com/rolecall/rolecall/pkg/user"
)

// Store is all that Rolecall asks of a store.
type Store interface {
	role.Store
	permission.Store
	user.Store
	auth.TokenStore
	auth.TokenKeeper
	auth.ClientStore
	auth.GrantStore
	sync.Store
	sync.HolderStore
	onboard.Store
	tenant.ConfigurationStore
	tenant.CursorKeyStore
	tenant.Directory
	tenant.AuditStore
	throttle.Counter
}

// Run runs the contract. open returns an empty store.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for name, test := range map[string]func(*testing.T, fixture){
		"Onboard":                       testOnboard,
		"OnboardTwice":                  testOnboardTwice,
		"CreateRole":                    testCreateRole,
		"CreateRoleConflicts":           testCreateRoleConflicts,
		"CreateRoleUnknownSet":          testCreateRoleUnknownSet,
		"CreateRoleRace":                testCreateRoleRace,
		"DeleteRole":                    testDeleteRole,
		"DeleteRoleRefused":             testDeleteRoleRefused,
		"DeleteRoleRace":                testDeleteRoleRace,
		"UpdateRole":                    testUpdateRole,
		"UpdateRoleName":                testUpdateRoleName,
		"UpdateRoleRace":                testUpdateRoleRace,
		"CreatePermissionSet":           testCreatePermissionSet,
		"UpdatePermissionSet":           testUpdatePermissionSet,
		"UpdateConfiguredSet":           testUpdateConfiguredSet,
		"UpdateLargeSet":                testUpdateLargeSet,
		"DeletePermissionSet":           testDeletePermissionSet,
		"DeleteSetWhileGranting":        testDeleteSetWhileGranting,
		"LongNames":                     testLongNames,
		"RoleSpans":                     testRoleSpans,
		"RoleNames":                     testRoleNames,
		"CursorKeys":                    testCursorKeys,
		"RolePages":                     testRolePages,
		"PermissionSetPages":            testPermissionSetPages,
		"TenantsApart":                  testTenantsApart,
		"Token":                         testToken,
		"Grants":                        testGrants,
		"GrantsBeforeTheStream":         testGrantsBeforeTheStream,
		"SyncCreateAndDelete":           testSyncCreateAndDelete,
		"SyncReplay":                    testSyncReplay,
		"SyncRoleWithoutMembership":     testSyncRoleWithoutMembership,
		"SyncRecreatedRole":             testSyncRecreatedRole,
		"SyncManyRoles":                 testSyncManyRoles,
		"SyncRace":                      testSyncRace,
		"SyncStaleDecision":             testSyncStaleDecision,
		"SyncSaid":                      testSyncSaid,
		"SyncDeletedRoleSentBack":       testSyncDeletedRoleSentBack,
		"SyncRecreatedRoleIsAnother":    testSyncRecreatedRoleIsAnother,
		"SyncRecreatedSet":              testSyncRecreatedSet,
		"SyncAfterConfigure":            testSyncAfterConfigure,
		"SyncConfigureRace":             testSyncConfigureRace,
		"SyncUnknownTenant":             testSyncUnknownTenant,
		"SyncBatchIsOneVersion":         testSyncBatchIsOneVersion,
		"Reconcile":                     testReconcile,
		"ReconcilePages":                testReconcilePages,
		"Configure":                     testConfigure,
		"Tenants":                       testTenants,
		"AuditRecords":                  testAuditRecords,
		"AuditSpans":                    testAuditSpans,
		"CountRequests":                 testCountRequests,
		"CountRequestsRace":             testCountRequestsRace,
		"SetsAreReadWholeWhileChanging": testSetsAreReadWholeWhileChanging,
		"Proofs":                        testProofs,
		"CreateUser":                    testCreateUser,
		"CreateUserRace":                testCreateUserRace,
		"UserNames":                     testUserNames,
		"UpdateUser":                    testUpdateUser,
		"UpdateUserRace":                testUpdateUserRace,
		"RenameUser":                    testRenameUser,
		"RenameUserRace":                testRenameUserRace,
		"DeleteUser":                    testDeleteUser,
		"UserProofs":                    testUserProofs,
		"UserUnknownRole":               testUserUnknownRole,
		"UserDeletedRole":               testUserDeletedRole,
		"UserRoleRace":                  testUserRoleRace,
		"MaximalUser":                   testMaximalUser,
		"UsersByValue":                  testUsersByValue,
		"UsersBySpans":                  testUsersBySpans,
		"ManyUsersBy":                   testManyUsersBy,
		"UsersFrom":                     testUsersFrom,
		"CountUsersRace":                testCountUsersRace,
		"UsersApart":                    testUsersApart,
		"UserRecords":                   testUserRecords,
		"RolesByID":                     testRolesByID,
		"HeldRoles":                     testHeldRoles,
		"TakeRole":                      testTakeRole,
		"TakeRoleRace":                  testTakeRoleRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newFixture(t, open(t)))
		})
	}
}

// fixture is a store with the tenants acme and acme-eu.
type fixture struct {
	Store
	acme, acmeEU tenant.ID
}

var actor = audit.Actor{Principal: "administrator", TokenID: "token", RequestID: "request", Address: "192.0.2.1"}

func newFixture(t *testing.T, store Store) fixture {
	t.Helper()
	f := fixture{store, mustParse(t, "acme"), mustParse(t, "acme-eu")}
	for _, id := range []tenant.ID{f.acme, f.acmeEU} {
		if _, _, err := onboard.Onboard(t.Context(), store, id, actor, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func mustParse(t *testing.T, id string) tenant.ID {
	t.Helper()
	parsed, err := tenant.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// create stores a role named like its id.
func (f fixture) create(t *testing.T, in tenant.ID, id string) role.Role {
	t.Helper()
	r, err := f.CreateRole(t.Context(), in, actor, role.Role{ID: id, Name: "name of " + id, UpdatePermissionSet: true})
	if err != nil {
		t.Fatalf("create role %s: %v", id, err)
	}
	return r
}

func (f fixture) delete(t *testing.T, in tenant.ID, id string) {
	t.Helper()
	if err := f.DeleteRole(t.Context(), in, actor, id, anyRole); err != nil {
		t.Fatalf("delete role %s: %v", id, err)
	}
}

func anyRole(role.Role) (resource.Proof, error) { return resource.Proof{}, nil }

// changing is a change that rests on nothing.
func changing[T any](change func(*T)) func(T) (T, resource.Proof, error) {
	return func(v T) (T, resource.Proof, error) {
		change(&v)
		return v, resource.Proof{}, nil
	}
}

// sync brings the sets of acme in line with the roles.
func (f fixture) sync(t *testing.T, roles ...string) []sync.SetChange {
	t.Helper()
	hints := make([]sync.Hint, len(roles))
	for i, id := range roles {
		hints[i] = sync.Hint{Tenant: f.acme, Role: id}
	}
	return f.apply(t, hints...)
}

func (f fixture) apply(t *testing.T, hints ...sync.Hint) []sync.SetChange {
	t.Helper()
	changes, err := f.tryApply(t.Context(), hints...)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// tryApply applies hints about acme.
func (f fixture) tryApply(ctx context.Context, hints ...sync.Hint) ([]sync.SetChange, error) {
	applied := sync.Apply(ctx, f, hints, sync.Pace{Tenants: 1})[f.acme]
	return applied.Changes, applied.Err
}

// configured reads the configured permission set of a tenant.
func (f fixture) configured(t *testing.T, in tenant.ID) permission.Set {
	t.Helper()
	set, err := f.PermissionSet(context.WithoutCancel(t.Context()), in, "FS_RLASG")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// members returns the roles that an item of acme's configured set names.
func (f fixture) members(t *testing.T, code permission.Code) []string {
	t.Helper()
	set := f.configured(t, f.acme)
	item, ok := set.Item(code)
	if !ok {
		t.Fatalf("FS_RLASG has no item %s", code)
	}
	return item.Roles
}
