package sync

import (
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
)

// View is all that decides under which permissions a set names a role.
type View struct {
	Role *role.Role        // nil when there is no such role
	Set  permission.Set    // without its roles
	Said []permission.Code // under which a client put this very role into the set
}

// Wanted returns, sorted, the limited permissions under which the set has to
// name the role. A role that does not exist is named by no set. One that
// exists is named where a client said so, and, if it has updatePermissionSet,
// by every item of the configured set that takes roles.
func Wanted(v View) []permission.Code {
	if v.Role == nil {
		return nil
	}
	joins := v.Set.Configured && v.Role.UpdatePermissionSet
	var wanted []permission.Code
	for _, item := range v.Set.Items {
		if item.Limited && (joins && item.Permission.TakesRoles() || slices.Contains(v.Said, item.Permission)) {
			wanted = append(wanted, item.Permission)
		}
	}
	slices.Sort(wanted)
	return wanted
}
