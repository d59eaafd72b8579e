package scim_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, want string }{
		{"name", "name"},
		{"NAME", "name"},
		{coreURN + ":Name", "name"},
		{"parts.VALUE", "parts.value"},
		{strings.ToUpper(coreURN) + ":parts.count", "parts.count"},
		{"id", "id"},
		{"externalID", "externalId"},
		{"meta.lastmodified", "meta.lastModified"},
		{extensionURN, extensionURN},
		{strings.ToUpper(extensionURN), extensionURN},
		{extensionURN + ":COLOUR", extensionURN + ":colour"},
		{"colour", ""},
		{coreURN, ""},
		{coreURN + ":", ""},
		{extensionURN + ":", ""},
		{extensionURN + ":name", ""},
		{extensionURN + "x:colour", ""},
		{coreURN + ":id", ""},
		{"name.value", ""},
		{"parts.", ""},
		{"parts.value.x", ""},
		{"", ""},
		{"\u212aind", ""},
	}
	for _, test := range tests {
		path, ok := things.Lookup(test.path)
		if ok != (test.want != "") || ok && path.String() != test.want {
			t.Errorf("%s: got %q, %t, want %q", test.path, path, ok, test.want)
		}
	}
	if path, _ := things.Lookup("parts.count"); path.Last().Name != "count" || path.Attribute.SubAttribute("COUNT") != path.Last() {
		t.Error("the last definition of parts.count is not count")
	}
	if path, _ := things.Lookup("id"); !path.Last().CaseExact || path.Last().Mutability != scim.ReadOnly {
		t.Error("id is not as RFC 7643 section 3.1 has it")
	}
}
