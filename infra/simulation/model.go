package simulation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// model is what all tenants have to hold. It changes at the moment in which a
// transaction of a client is committed.
type model struct {
	tenants map[tenant.ID]*tenantModel
	ids     []tenant.ID // of all that there will be
}

func newModel(tenants int) *model {
	m := &model{tenants: map[tenant.ID]*tenantModel{}}
	for i := range tenants {
		name := fmt.Sprintf("t%d", i/2)
		if i%2 == 1 {
			name += "-eu" // begins like another's
		}
		id, _ := tenant.ParseID(name)
		m.ids = append(m.ids, id)
	}
	return m
}

// tenantModel is a tenant.
type tenantModel struct {
	large      bool     // it has more roles than one transaction can check
	eager      bool     // nearly all of its roles have updatePermissionSet
	ids        []string // of the roles that clients make
	configured string
	roles      map[string]modelRole
	sets       map[string]*modelSet
	roleReason map[string]int // by role: the commit that last changed what decides where it is named
	lives      int            // of roles, so far
}

// modelRole is a role. Each life of an id is another role.
type modelRole struct {
	role.Role
	life int // 0 of one that does not exist
}

type modelSet struct {
	permission.Set                                    // without roles
	said           map[permission.Code]map[string]int // by role: the life of which a client said it
	reason         int                                // the commit in which a client wrote it, or it was configured or not any longer
}

// newTenantModel is the tenant with a number as it is onboarded. Of ten tenants,
// two are large, and one of these is eager.
func newTenantModel(n onboard.NewTenant, number, commit int) *tenantModel {
	t := &tenantModel{large: number%10 == 1 || number%10 == 2, eager: number%10 == 2, configured: n.ConfiguredPermissionSet, roles: map[string]modelRole{}, sets: map[string]*modelSet{}, roleReason: map[string]int{}}
	for _, r := range n.Roles {
		t.create(r, commit)
	}
	for _, set := range n.PermissionSets {
		t.createSet(set, t.roles, commit)
	}
	pool := 22
	if t.large {
		pool = 150
	}
	for i := range pool {
		t.ids = append(t.ids, fmt.Sprintf("R%03d%s", i*7919%pool, strings.Repeat("-", i*13%47)))
	}
	return t
}

// create takes up a role as it was stored.
func (t *tenantModel) create(r role.Role, commit int) {
	t.lives++
	t.roles[r.ID] = modelRole{r, t.lives}
	t.roleReason[r.ID] = commit
}

func (t *tenantModel) update(r role.Role, commit int) {
	old := t.roles[r.ID]
	r.Meta = old.Meta
	r.Version++
	if old.UpdatePermissionSet != r.UpdatePermissionSet {
		t.roleReason[r.ID] = commit
	}
	t.roles[r.ID] = modelRole{r, old.life}
}

func (t *tenantModel) delete(id string, commit int) {
	delete(t.roles, id)
	t.roleReason[id] = commit
}

func (t *tenantModel) configure(set string, commit int) {
	for _, id := range []string{t.configured, set} {
		if s := t.sets[id]; s != nil {
			s.reason = commit
		}
	}
	t.configured = set
}

// lastReason is the commit that last was a reason to move a role in a set.
func (t *tenantModel) lastReason(set, id string) int {
	return max(t.roleReason[id], t.sets[set].reason)
}

// wanted returns, sorted, the permissions under which a set has to name a role.
func (t *tenantModel) wanted(set, id string) []permission.Code {
	r, s := t.roles[id], t.sets[set]
	if r.life == 0 {
		return nil
	}
	var codes []permission.Code
	for _, item := range s.Items {
		if item.Limited && (t.follows(set, r, item.Permission) || s.said[item.Permission][id] == r.life) {
			codes = append(codes, item.Permission)
		}
	}
	slices.Sort(codes)
	return codes
}

// follows tells whether a set has to name a role under a permission because of
// the role's switch.
func (t *tenantModel) follows(set string, r modelRole, code permission.Code) bool {
	item, ok := t.sets[set].Item(code)
	return r.life != 0 && r.UpdatePermissionSet && set == t.configured && ok && item.Limited && (code == permission.AssignRole || code == permission.ReadRole)
}
