package patch_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// BenchmarkPatch decodes and applies requests as clients send them.
func BenchmarkPatch(b *testing.B) {
	role := scim.Object{
		"schemas": []any{roleURN, roleExtensionURN}, "id": "NEWROLE", "name": "New Role", "description": "my new role", "updatePermissionSet": true,
		"meta": scim.Object{"resourceType": "Role", "version": "1"},
		roleExtensionURN: scim.Object{"builtIn": false, "permissionSets": []any{
			scim.Object{"value": "FS_X", "display": "X", "$ref": "https://h/FS_X"}, scim.Object{"value": "FS_Y", "display": "Y", "$ref": "https://h/FS_Y"},
		}},
	}
	for _, bench := range []struct{ name, operations string }{
		{"Replace", `[{"op":"replace","path":"name","value":"Other Role"}]`},
		{"NoPath", `[{"op":"replace","value":{"name":"Other Role","updatePermissionSet":false}}]`},
		{"RemoveAndAdd", `[{"op":"remove","path":"` + roleExtensionURN + `:permissionSets[value eq \"FS_X\"]"},{"op":"add","path":"` + roleExtensionURN + `:permissionSets","value":[{"value":"FS_Z"}]}]`},
	} {
		body := message(bench.operations)
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request, err := patch.Decode(strings.NewReader(body), patch.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, changed, err := patch.Apply(role, request, roles, patch.Options{}); err != nil || !changed {
					b.Fatal(changed, err)
				}
			}
		})
	}
}
