package filter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/scim/filter"
)

func TestPushDown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, path string
		want         string // value, rest
		prefix       string // value, rest
	}{
		{`userName eq "x"`, "userName", `x <all>`, ``},
		{`userName eq "x" and title pr`, "userName", `x title pr`, ``},
		{`title pr and username EQ "x" and active eq true`, "userName", `x title pr and active eq true`, ``},
		{`title pr or userName eq "x"`, "userName", ``, ``},
		{`not (userName eq "x")`, "userName", ``, ``},
		{`userName sw "x" and (title pr or active eq true)`, "userName", ``, `x title pr or active eq true`},
		{`userName co "x"`, "userName", ``, ``},
		{`userName eq null`, "userName", ``, ``},
		{`active eq true`, "active", ``, ``},
		{`emails eq "x"`, "emails.value", ``, ``},
		{`emails[value eq "x"]`, "emails.value", ``, ``},
		{enterpriseURN + `:manager eq "x"`, enterpriseURN + ":manager.value", `x <all>`, ``},
		{`userName eq "x" and userName eq "y"`, "userName", `x userName eq "y"`, ``},
	}
	for _, test := range tests {
		f, err := filter.Parse(test.filter, users, filter.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := pushed(f.Equality(test.path)); got != test.want {
			t.Errorf("%s: equality %q, want %q", test.filter, got, test.want)
		}
		if got := pushed(f.Prefix(test.path)); got != test.prefix {
			t.Errorf("%s: prefix %q, want %q", test.filter, got, test.prefix)
		}
	}
	f, err := filter.Parse(`userName ge "b" and userName lt "d"`, users, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	from, hasFrom := f.Bound("userName", filter.GreaterOrEqual)
	to, hasTo := f.Bound("userName", filter.Less)
	if _, other := f.Bound("userName", filter.Greater); from != "b" || !hasFrom || to != "d" || !hasTo || other {
		t.Errorf("bounds %q, %q", from, to)
	}
	if _, _, ok := (*filter.Filter)(nil).Equality("userName"); ok {
		t.Error("no filter has an equality")
	}
}

func TestAnyEquality(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filter, path string
		want         string // <none> if there is none
	}{
		{`emails.value eq "x"`, "emails.value", "x"},
		{`emails eq "x"`, "emails.value", "x"},
		{`EMAILS.value EQ "x"`, "emails.Value", "x"},
		{`title pr and emails.value eq "x"`, "emails.value", "x"},
		{`emails[value eq "x"]`, "emails.value", "x"},
		{`emails[type eq "work" and value eq "x"] and title pr`, "emails.value", "x"},
		{`emails[type eq "work"].value eq "x"`, "emails.value", "x"},
		{`emails[type eq "work" or primary eq true].value eq "x"`, "emails.value", "x"},
		{`emails[type pr] and emails[value eq "x"]`, "emails.value", "x"},
		{`emails.value eq "x" and emails[value eq "y"]`, "emails.value", "x"},
		{`emails[type eq "work" and value eq "x"]`, "emails.type", "work"},
		{`tags eq "x"`, "tags", "x"},
		{`tags[value eq "x"]`, "tags", "x"},
		{`emails.value eq "x"`, "ims.value", "<none>"},
		{`emails.value eq "x"`, "emails", "<none>"},
		{`emails[type eq "work"]`, "emails.value", "<none>"},
		{`emails.value eq "x" or title pr`, "emails.value", "<none>"},
		{`emails[value eq "x" or type pr]`, "emails.value", "<none>"},
		{`emails[not (value eq "x")]`, "emails.value", "<none>"},
		{`not (emails.value eq "x")`, "emails.value", "<none>"},
		{`not (emails[value eq "x"])`, "emails.value", "<none>"},
		{`emails.value ne "x"`, "emails.value", "<none>"},
		{`emails.value sw "x"`, "emails.value", "<none>"},
		{`emails.value eq null`, "emails.value", "<none>"},
		{`emails[primary eq true]`, "emails.primary", "<none>"},
		{`shoes[size eq "x"] and shoes.size eq "x"`, "shoes.size", "<none>"},
	} {
		f, err := filter.Parse(test.filter, users, filter.Options{AcrossTypes: true})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.AnyEquality(test.path)
		if !ok {
			got = "<none>"
		}
		if got != test.want {
			t.Errorf("%s: %s equals %q, want %q", test.filter, test.path, got, test.want)
		}
	}
	if _, ok := (*filter.Filter)(nil).AnyEquality("emails.value"); ok {
		t.Error("no filter has an equality")
	}
}

func TestTimeBound(t *testing.T) {
	t.Parallel()
	f, err := filter.Parse(`meta.created ge "2026-01-31T13:00:00.5+01:00" and meta.created lt "2026-02-01T00:00:00Z" and meta.lastModified eq "2026-01-31T12:00:00Z" and userName gt "b"`, users, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path string
		op   filter.Op
		want string
	}{
		{"meta.created", filter.GreaterOrEqual, "2026-01-31T12:00:00.5Z"},
		{"META.Created", filter.Less, "2026-02-01T00:00:00Z"},
		{"meta.lastModified", filter.Equal, "2026-01-31T12:00:00Z"},
		{"meta.created", filter.Greater, ""},
		{"userName", filter.Greater, ""},
	} {
		at, ok := f.TimeBound(test.path, test.op)
		if got := at.Format(time.RFC3339Nano); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("TimeBound(%s, %s) = %s, %t", test.path, test.op, got, ok)
		}
	}
	either, err := filter.Parse(`meta.created ge "2026-01-31T12:00:00Z" or userName pr`, users, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := either.TimeBound("meta.created", filter.GreaterOrEqual); ok {
		t.Errorf("an alternative bounds to %s", at)
	}
}

func pushed(value string, rest *filter.Filter, ok bool) string {
	switch {
	case !ok:
		return ""
	case rest == nil:
		return value + " <all>"
	}
	return value + " " + rest.String()
}

func TestPaths(t *testing.T) {
	t.Parallel()
	f, err := filter.Parse(`USERNAME pr and emails[type eq "x" and value pr] or userName eq "y" and `+enterpriseURN+`:manager pr`, users, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "[userName emails.type emails.value emails " + enterpriseURN + ":manager]"
	if got := fmt.Sprint(f.Paths()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
