package sync_test

import (
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
)

func TestWanted(t *testing.T) {
	items := []permission.Item{
		{Permission: permission.ReadRole, Limited: true},
		{Permission: permission.AssignRole, Limited: true},
		{Permission: permission.ChangeRole, Limited: true},
		{Permission: permission.DeleteRole},
	}
	set, configured := permission.Set{Items: items}, permission.Set{Items: items, Configured: true}
	unlimited := permission.Set{Configured: true, Items: []permission.Item{{Permission: permission.ReadRole}, {Permission: permission.AssignRole}}}
	on, off := &role.Role{UpdatePermissionSet: true}, &role.Role{}
	both := []permission.Code{permission.AssignRole, permission.ReadRole}
	change := []permission.Code{permission.ChangeRole}
	for name, test := range map[string]struct {
		view sync.View
		want []permission.Code
	}{
		"no such role":                          {sync.View{Set: configured, Said: both}, nil},
		"no such role, another set":             {sync.View{Set: set, Said: both}, nil},
		"on":                                    {sync.View{Role: on, Set: configured}, both},
		"on, and said of both":                  {sync.View{Role: on, Set: configured, Said: both}, both},
		"on, and said of one":                   {sync.View{Role: on, Set: configured, Said: both[:1]}, both},
		"on, and said of another item":          {sync.View{Role: on, Set: configured, Said: change}, []permission.Code{permission.ChangeRole, permission.AssignRole, permission.ReadRole}},
		"on, without limits":                    {sync.View{Role: on, Set: unlimited}, nil},
		"on, another set":                       {sync.View{Role: on, Set: set}, nil},
		"on, said of another set":               {sync.View{Role: on, Set: set, Said: both[:1]}, both[:1]},
		"off":                                   {sync.View{Role: off, Set: configured}, nil},
		"off, but said":                         {sync.View{Role: off, Set: configured, Said: both}, both},
		"off, but said of one":                  {sync.View{Role: off, Set: configured, Said: change}, change},
		"said of an item that is there no more": {sync.View{Role: off, Set: configured, Said: []permission.Code{permission.CreateRole}}, nil},
		"said of an item without limits":        {sync.View{Role: off, Set: configured, Said: []permission.Code{permission.DeleteRole}}, nil},
	} {
		if got, want := sync.Wanted(test.view), slices.Sorted(slices.Values(test.want)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
