package resource_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
)

func TestFold(t *testing.T) {
	for _, same := range [][2]string{
		{"New Role", "NEW role"}, {"Straße", "STRASSE"}, {"Caf\u00e9", "CAFE\u0301"}, {"ΟΔΟΣ", "οδος"}, {"Ꮮ", "ꮮ"}, {"Ᏸ", "ᏸ"},
	} {
		if resource.Fold(same[0]) != resource.Fold(same[1]) {
			t.Errorf("%q and %q are told apart", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"a", "b"}, {"a", "a "}, {"a", "\uff41"}, {"i", "ı"}} {
		if resource.Fold(other[0]) == resource.Fold(other[1]) {
			t.Errorf("%q and %q are the same", other[0], other[1])
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Straße")
	f.Add("\u0345\u0301")
	f.Add("\u1e9e\u0130")
	f.Add("ꮮᏞ")
	f.Fuzz(func(t *testing.T, name string) {
		folded := resource.Fold(name)
		if again := resource.Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, and folded again %q", name, folded, again)
		}
	})
}
