package filter_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// seeds are the filters of testdata.
func seeds(f *testing.F) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	var filters []string
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range archive.Files {
			if strings.HasSuffix(one.Name, ".filter") {
				filters = append(filters, strings.TrimSuffix(string(one.Data), "\n"))
			}
		}
	}
	return filters
}

// FuzzParse checks that the canonical form of what is accepted, with a schema
// and without, is accepted too, means the same and is its own canonical form,
// and that what is refused is refused with a sound error.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, tolerate bool) {
		options := filter.Options{}
		if tolerate {
			options = tolerant
		}
		e, err := filter.ParseExpr(text, options)
		if err != nil {
			sound(t, err, scim.InvalidFilter)
			return
		}
		if len(text) > filter.MaxLength {
			t.Fatal("accepted what is too long")
		}
		if canonical := e.String(); len(canonical) <= filter.MaxLength {
			again, err := filter.ParseExpr(canonical, filter.Options{})
			if err != nil || tree(again, "") != tree(e, "") || again.String() != canonical {
				t.Fatalf("%q became %q: %v", text, canonical, err)
			}
		}
		across := options
		across.AcrossTypes = true
		loose, looseErr := filter.Parse(text, users, across)
		bound, err := filter.Parse(text, users, options)
		if err != nil {
			sound(t, err, scim.InvalidFilter)
			if looseErr == nil {
				filter.CompileObject(loose).Match(&babs)
			}
			return
		}
		if looseErr != nil || loose.String() != bound.String() {
			t.Fatalf("%q means another thing across types: %v", text, looseErr)
		}
		if canonical := bound.String(); len(canonical) <= filter.MaxLength {
			again, err := filter.Parse(canonical, users, filter.Options{})
			if err != nil || again.String() != canonical {
				t.Fatalf("%q became %q: %v", text, canonical, err)
			}
			if filter.CompileObject(again).Match(&babs) != filter.CompileObject(bound).Match(&babs) {
				t.Fatalf("%q and %q differ", text, canonical)
			}
		}
	})
}

func sound(t *testing.T, err error, scimTypes ...string) {
	t.Helper()
	var message *scim.Error
	if !errors.As(err, &message) || message.Status != 400 || !strings.Contains(message.Detail, " at character ") {
		t.Fatalf("got %v", err)
	}
	for _, scimType := range scimTypes {
		if message.ScimType == scimType {
			return
		}
	}
	t.Fatalf("got %v", err)
}

// FuzzMatch checks that a struct and an object with the same values match
// alike, that not is the contrary, and that push-down keeps the meaning.
func FuzzMatch(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed, "BJensen", "babs@example.com", true, int64(42))
	}
	f.Add(`emails[type eq "work"].value eq "k"`, "x", "\u212a", true, int64(0))
	f.Add(`userName eq "K"`, "\u212a", "", false, int64(0))
	f.Fuzz(func(t *testing.T, text, name, mail string, active bool, age int64) {
		parsed, err := filter.Parse(text, users, tolerant)
		if err != nil {
			return
		}
		row := user{userName: name, active: active, age: age, emails: []email{{value: mail, kind: "work", primary: true}, {value: name}}}
		object := scim.Object{
			"schemas": []any{userURN, enterpriseURN}, "meta": scim.Object{"resourceType": "User"},
			"userName": name, "active": active, "age": age, "weight": 0.0,
			"emails": []any{scim.Object{"value": mail, "type": "work", "primary": true}, scim.Object{"value": name}},
		}
		matched := filter.Compile(parsed, userFields).Match(&row)
		if matched != filter.CompileObject(parsed).Match(&object) {
			t.Fatalf("%q: struct and object differ", text)
		}
		if len(text) < filter.MaxLength-100 {
			if negated, err := filter.Parse("not ("+text+")", users, tolerant); err == nil && filter.Compile(negated, userFields).Match(&row) == matched {
				t.Fatalf("%q: not is not the contrary", text)
			}
		}
		value, rest, ok := parsed.Equality("userName")
		if ok && matched != (strings.EqualFold(value, name) && name != "" && filter.Compile(rest, userFields).Match(&row)) {
			t.Fatalf("%q: push-down of %q changes the result", text, value)
		}
		if value, ok := parsed.AnyEquality("emails.value"); ok && matched && !strings.EqualFold(value, mail) && !strings.EqualFold(value, name) {
			t.Fatalf("%q: holds, though no email is %q", text, value)
		}
	})
}

// FuzzParsePath checks that what is refused is refused with a sound error.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		`members`, `name.familyName`, `emails[type eq "work"]`, `emails[type eq "work"].value`, `emails[value eq"x"]`, enterpriseURN, enterpriseURN + ":manager.value", `tags[value eq "a"].value`, `tags.value`, `emails[`, `emails[type eq "x"]x`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := filter.ParsePath(text, users, tolerant)
		if err != nil {
			sound(t, err, scim.InvalidPath, scim.InvalidFilter)
			return
		}
		if path.HasFilter() {
			path.Selects(scim.Object{"value": "x"})
			path.Selects("x")
			path.Implied()
		}
	})
}
