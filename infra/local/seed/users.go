package seed

import (
	"context"
	"errors"
	"fmt"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// Ids of the users of acme.
const (
	Alice = "5f0c7a1e9b3d4c2a8e6f1d0b7a9c3e51"
	Bob   = "b29d4e7f60a34c1588d2f3a91c6e0b47"
	Carol = "0c8e51d7a4f94b6e93b7d20f6ea1c835"
	Dave  = "e7314bd2c95f4f0ab6480d9c2e1f7a63"
)

// User is a user of a seeded database, and the ids of the roles that it holds. The
// first of them is its main one.
type User struct {
	Tenant string
	user.User
	Roles []string
}

// Users returns the users of a seeded database: at the service desk, its manager,
// one who has left, and one who has just come; and somebody of globex.
func Users() []User {
	return []User{
		{"acme", user.User{
			ID: Alice, UserName: "alice@acme.example", ExternalID: "00u1a2b3c4Alice5d6e7", DisplayName: "Alice Adams", Active: true,
			Name: user.Name{FamilyName: "Adams", GivenName: "Alice"}, Title: "Service Desk Agent", Locale: "en-GB", Timezone: "Europe/London",
			Emails:       []user.Value{{Value: "alice@acme.example", Type: "work", Primary: true}, {Value: "alice.adams@home.example", Type: "home"}},
			PhoneNumbers: []user.Value{{Value: "+44 20 7946 0123", Type: "work"}},
			Enterprise:   user.Enterprise{EmployeeNumber: "1001", Department: "Service Desk", Manager: user.Manager{Value: Bob, DisplayName: "Bob Brown"}},
		}, []string{"RL_HELPDSK", "RL_AUDITV"}},
		{"acme", user.User{
			ID: Bob, UserName: "bob@acme.example", ExternalID: "00u1a2b3c4Bob5d6e7f8", DisplayName: "Bob Brown", Active: true,
			Name:       user.Name{FamilyName: "Brown", GivenName: "Bob"},
			Emails:     []user.Value{{Value: "bob@acme.example", Type: "work", Primary: true}},
			Enterprise: user.Enterprise{EmployeeNumber: "1000", Department: "Service Desk"},
		}, []string{"RL_USERADM"}},
		{"acme", user.User{
			ID: Carol, UserName: "carol@acme.example", ExternalID: "00u1a2b3c4Carol5d6e7", DisplayName: "Carol Clark",
			Emails: []user.Value{{Value: "carol@acme.example", Type: "work", Primary: true}},
		}, []string{"RL_AUDITV"}},
		{"acme", user.User{ID: Dave, UserName: "dave@acme.example", Active: true}, nil},
		{"globex", user.User{
			ID: "93d1f86b2ea7405c8f04c7b5d9126e3a", UserName: "alice@globex.example", DisplayName: "Alice Young", Active: true,
			Emails: []user.Value{{Value: "alice@globex.example", Type: "work", Primary: true}},
		}, []string{"RL_AUDITV"}},
	}
}

// apply adds the user if it is not there. That another one has its name by now is
// no error.
func (u User) apply(ctx context.Context, store *dynamo.Store) error {
	t, err := tenant.ParseID(u.Tenant)
	if err != nil {
		return err
	}
	if _, err := store.User(ctx, t, u.ID); !errors.Is(err, resource.ErrNotFound) {
		return err
	}
	roles, err := store.RolesByID(ctx, t, u.Roles)
	if err != nil {
		return fmt.Errorf("read roles of %s: %w", t, err)
	}
	for i, id := range u.Roles {
		if r, exists := roles[id]; exists { // not while the tenant is being deleted
			u.User.Roles = append(u.User.Roles, user.Role{ID: id, Created: r.Created, Primary: i == 0})
		}
	}
	if _, err := store.CreateUser(ctx, t, audit.Actor{Principal: operator}, u.User); err != nil && !errors.Is(err, resource.ErrNameTaken) {
		return fmt.Errorf("seed user of %s: %w", t, err)
	}
	return nil
}
