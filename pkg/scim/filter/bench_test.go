package filter_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/scim/filter"
)

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := filter.Parse(`userName co "jens" and active eq true`, users, filter.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMatch evaluates filters on one row.
func BenchmarkMatch(b *testing.B) {
	for _, bench := range []struct{ name, filter string }{
		{"Contains", `userName co "jens" and active eq true`},
		{"ContainsNot", `userName co "configuration" and active eq true`},
		{"Equal", `userName eq "bjensen"`},
		{"Unicode", `name.givenName co "RBEL"`},
		{"ValuePath", `emails[type eq "home" and value co "@jensen"]`},
		{"Date", `meta.lastModified gt "2011-05-13T04:42:34Z"`},
	} {
		f, err := filter.Parse(bench.filter, users, filter.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Struct"+bench.name, func(b *testing.B) {
			matcher := filter.Compile(f, userFields)
			b.ReportAllocs()
			for b.Loop() {
				matcher.Match(&babsRow)
			}
		})
		b.Run("Object"+bench.name, func(b *testing.B) {
			matcher := filter.CompileObject(f)
			b.ReportAllocs()
			for b.Loop() {
				matcher.Match(&babs)
			}
		})
	}
}

// TestMatchAllocatesNothing keeps the promise of Match.
func TestMatchAllocatesNothing(t *testing.T) {
	f, err := filter.Parse(`userName co "jens" and active eq true and emails[type eq "home"] and tags eq "green" and meta.created pr`, users, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	matcher := filter.Compile(f, userFields)
	if !matcher.Match(&babsRow) {
		t.Fatal("no match")
	}
	if n := testing.AllocsPerRun(100, func() { matcher.Match(&babsRow) }); n != 0 {
		t.Errorf("%v allocations for each row", n)
	}
}
