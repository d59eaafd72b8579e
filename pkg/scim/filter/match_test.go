package filter_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

var babs = scim.Object{
	"schemas":  []any{userURN, enterpriseURN},
	"id":       "Babs1",
	"meta":     scim.Object{"resourceType": "User", "created": "2011-05-13T04:42:34Z", "lastModified": "2011-05-13T06:42:34.5+02:00"},
	"userName": "BJensen",
	"name":     scim.Object{"familyName": "O'Malley", "givenName": "Bärbel"},
	"title":    "",
	"userType": "Employee",
	"active":   true,
	"age":      int64(42),
	"weight":   61.5,
	"code":     "aBc",
	"tags":     []any{"red", "Green"},
	"emails": []any{
		scim.Object{"value": "babs@example.com", "type": "work", "primary": true, "since": "2020-01-01T00:00:00Z"},
		scim.Object{"value": "babs@jensen.org", "type": "home"},
	},
	enterpriseURN: scim.Object{"employeeNumber": "701984", "manager": scim.Object{"value": "26118915"}},
}

// user has the same values as babs.
type user struct {
	id, userName, familyName, givenName, userType, code, number, manager string
	created, modified                                                    time.Time
	active                                                               bool
	age                                                                  int64
	weight                                                               float64
	tags                                                                 []string
	emails                                                               []email
}

type email struct {
	value, kind string
	primary     bool
	since       time.Time
}

var (
	babsRow = user{
		id: "Babs1", userName: "BJensen", familyName: "O'Malley", givenName: "Bärbel", userType: "Employee", code: "aBc", number: "701984", manager: "26118915",
		created:  time.Date(2011, 5, 13, 4, 42, 34, 0, time.UTC),
		modified: time.Date(2011, 5, 13, 4, 42, 34, 5e8, time.UTC),
		active:   true, age: 42, weight: 61.5, tags: []string{"red", "Green"},
		emails: []email{{"babs@example.com", "work", true, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}, {value: "babs@jensen.org", kind: "home"}},
	}
	userFields = filter.Fields[user]{
		"schemas":           {Value: func(*user) filter.Value { return filter.Texts([]string{userURN, enterpriseURN}) }},
		"id":                {Value: func(u *user) filter.Value { return filter.Text(u.id) }},
		"meta.resourceType": {Value: func(*user) filter.Value { return filter.Text("User") }},
		"meta.created":      {Value: func(u *user) filter.Value { return filter.Time(u.created) }},
		"meta.lastModified": {Value: func(u *user) filter.Value { return filter.Time(u.modified) }},
		"userName":          {Value: func(u *user) filter.Value { return filter.Text(u.userName) }},
		"name.familyName":   {Value: func(u *user) filter.Value { return filter.Text(u.familyName) }},
		"name.givenName":    {Value: func(u *user) filter.Value { return filter.Text(u.givenName) }},
		"userType":          {Value: func(u *user) filter.Value { return filter.Text(u.userType) }},
		"code":              {Value: func(u *user) filter.Value { return filter.Text(u.code) }},
		"active":            {Value: func(u *user) filter.Value { return filter.Bool(u.active) }},
		"age":               {Value: func(u *user) filter.Value { return filter.Integer(u.age) }},
		"weight":            {Value: func(u *user) filter.Value { return filter.Decimal(u.weight) }},
		"tags":              {Value: func(u *user) filter.Value { return filter.Texts(u.tags) }},
		"emails.value":      {Len: emailCount, At: func(u *user, i int) filter.Value { return filter.Text(u.emails[i].value) }},
		"emails.type":       {Len: emailCount, At: func(u *user, i int) filter.Value { return filter.Text(u.emails[i].kind) }},
		"emails.since":      {Len: emailCount, At: func(u *user, i int) filter.Value { return filter.Time(u.emails[i].since) }},
		"emails.primary": {Len: emailCount, At: func(u *user, i int) filter.Value {
			if !u.emails[i].primary {
				return filter.Value{}
			}
			return filter.Bool(true)
		}},
		enterpriseURN + ":employeeNumber": {Value: func(u *user) filter.Value { return filter.Text(u.number) }},
		enterpriseURN + ":manager.value":  {Value: func(u *user) filter.Value { return filter.Text(u.manager) }},
	}
)

func emailCount(u *user) int { return len(u.emails) }

// TestMatch evaluates each filter on a struct and on an object.
func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		want   bool
	}{
		// Case counts only where caseExact says so.
		{`userName eq "bjensen"`, true},
		{`userName eq "bjense"`, false},
		{`userName eq "bjensenn"`, false},
		{`id eq "babs1"`, false},
		{`id eq "Babs1"`, true},
		{`id ne "babs1"`, true},
		{`code co "b"`, false},
		{`code co "B"`, true},
		{`code sw "a"`, true},
		{`code sw "A"`, false},
		{`code ew "c"`, true},
		{`code ew "C"`, false},
		{`code gt "aBb"`, true},
		{`code gt "abb"`, false},
		{`meta.resourceType eq "user"`, false},
		{`schemas eq "URN:IETF:params:scim:schemas:extension:enterprise:2.0:User"`, true},
		{`schemas eq "urn:other"`, false},
		// Substrings.
		{`userName co "JEN"`, true},
		{`userName co ""`, true},
		{`userName co "jenx"`, false},
		{`userName sw "bj"`, true},
		{`userName sw "jensen"`, false},
		{`userName sw "bjensenxx"`, false},
		{`userName ew "SEN"`, true},
		{`userName ew "bj"`, false},
		{`userName ew "xxbjensen"`, false},
		{`name.familyName co "o'm"`, true},
		{`name.givenName eq "BÄRBEL"`, true},
		{`name.givenName ew "ÄRBEL"`, true},
		{`name.givenName co "ärb"`, true},
		{`name.givenName co "arb"`, false},
		// Order of strings is that of their folded runes.
		{`userName gt "aaaa"`, true},
		{`userName gt "BJENSEN"`, false},
		{`userName ge "BJENSEN"`, true},
		{`userName lt "C"`, true},
		{`userName le "bjensen"`, true},
		{`userName lt "bjensena"`, true},
		{`userName gt "_"`, true},
		{`name.givenName gt "BÄQ"`, true},
		// No value.
		{`title pr`, false},
		{`title eq null`, true},
		{`title ne null`, false},
		{`title eq "x"`, false},
		{`title ne "x"`, true},
		{`title co ""`, false},
		{`title lt "x"`, false},
		{`displayName pr`, false},
		{`not (displayName pr)`, true},
		{`ims pr`, false},
		{`ims eq null`, true},
		{`ims ne "x"`, true},
		{`ims[type ne "x"]`, false},
		// Presence.
		{`userName pr`, true},
		{`active pr`, true},
		{`age pr`, true},
		{`name pr`, true},
		{`meta pr`, true},
		{`emails pr`, true},
		{`emails.primary pr`, true},
		{`tags pr`, true},
		{`externalId pr`, false},
		{enterpriseURN + `:manager pr`, true},
		{enterpriseURN + `:manager.$ref pr`, false},
		// Numbers, booleans.
		{`active eq true`, true},
		{`active eq false`, false},
		{`active ne false`, true},
		{`age eq 42`, true},
		{`age eq 42.0`, true},
		{`age gt 41.5`, true},
		{`age lt 4.2e1`, false},
		{`age le 42`, true},
		{`age ne 42`, false},
		{`weight gt 61`, true},
		{`weight eq 61.50`, true},
		{`weight ge 62`, false},
		// Instants, whatever the zone and the precision.
		{`meta.created eq "2011-05-13T06:42:34+02:00"`, true},
		{`meta.created eq "2011-05-13T04:42:34.000Z"`, true},
		{`meta.created gt "2011-05-13T04:42:34Z"`, false},
		{`meta.created ge "2011-05-13T04:42:34Z"`, true},
		{`meta.lastModified gt "2011-05-13T04:42:34Z"`, true},
		{`meta.lastModified lt "2011-05-13T04:42:34.6Z"`, true},
		{`meta.lastModified le "2011-05-13T07:00:00+04:00"`, false},
		{`meta.created gt "0001-01-01T00:00:00Z"`, true},
		// Any value of a multi-valued attribute.
		{`emails co "example.com"`, true},
		{`emails.value co "jensen.org"`, true},
		{`emails ne "babs@example.com"`, true},
		{`not (emails eq "babs@example.com")`, false},
		{`emails.type eq "home" and emails.primary eq true`, true},
		{`emails[type eq "home" and primary eq true]`, false},
		{`emails[type eq "WORK" and primary eq true]`, true},
		{`emails[not (type eq "work")]`, true},
		{`emails[type eq "home" or type eq "other"]`, true},
		{`emails[type eq "work" and value ew "jensen.org"]`, false},
		{`emails[primary eq null]`, true},
		{`emails[primary ne true]`, true},
		{`emails[since lt "2021-01-01T00:00:00Z"]`, true},
		{`emails[since gt "2021-01-01T00:00:00Z"]`, false},
		{`emails[type eq "work"].value ew "EXAMPLE.com"`, true},
		{`emails[type eq "home"].value ew "example.com"`, false},
		{`emails[type eq "home" or type eq "work"].value ew "example.com"`, true},
		{`emails[type eq "home" or type eq "work"].type eq "other"`, false},
		{`emails[type eq "home"].primary pr`, false},
		{`emails[type eq "home"].primary eq null`, true},
		{`emails[type eq "other"].value ne "x"`, false},
		{`not (emails[type eq "other"].value eq "x")`, true},
		{`tags[value sw "g"].value ew "n"`, true},
		{`tags eq "GREEN"`, true},
		{`tags eq "blue"`, false},
		{`tags ne "red"`, true},
		{`tags[value sw "g"]`, true},
		{`tags[value sw "g" and value ew "d"]`, false},
		{`name[givenName sw "b" and familyName sw "o"]`, true},
		{`name[givenName sw "b" and familyName sw "x"]`, false},
		// Extensions and logic.
		{enterpriseURN + `:employeeNumber eq "701984"`, true},
		{enterpriseURN + `:manager eq "26118915"`, true},
		{`title pr or active eq true and age eq 42`, true},
		{`(title pr or active eq true) and age eq 41`, false},
		{`not (title pr) and not (age eq 41)`, true},
	}
	for _, test := range tests {
		f, err := filter.Parse(test.filter, users, filter.Options{})
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		if got := filter.Compile(f, userFields).Match(&babsRow); got != test.want {
			t.Errorf("%s: a struct gives %t", test.filter, got)
		}
		if got := filter.CompileObject(f).Match(&babs); got != test.want {
			t.Errorf("%s: an object gives %t", test.filter, got)
		}
	}
}

func TestAcrossTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		want   bool
	}{
		{`shoeSize eq 42`, false},
		{`shoeSize ne 42`, true},
		{`shoeSize pr`, false},
		{`shoeSize eq null`, true},
		{`shoeSize ne null`, false},
		{`shoeSize pr or userName eq "bjensen"`, true},
		{`urn:hid:scim:api:idp:2.0:Role:name eq "x" or userName eq "bjensen"`, true},
		{`name eq "x"`, false},
		{`not (name eq "x")`, true},
		{`shoes[size gt 42]`, false},
		{`emails[age pr]`, false},
		{`emails[size gt 42]`, false},
		{`emails[type eq "work"].size gt 42`, false},
		{`shoes[type eq "work"].size ne 42`, false},
		{`emails[size gt 42 or type eq "work"]`, true},
	}
	for _, test := range tests {
		f, err := filter.Parse(test.filter, users, filter.Options{AcrossTypes: true})
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		if filter.Compile(f, userFields).Match(&babsRow) != test.want || filter.CompileObject(f).Match(&babs) != test.want {
			t.Errorf("%s: not %t", test.filter, test.want)
		}
	}
	if _, err := filter.Parse(`password eq "x"`, users, filter.Options{AcrossTypes: true}); err == nil {
		t.Error("a password can be compared")
	}
}

func TestNoFilterMatches(t *testing.T) {
	t.Parallel()
	if !filter.Compile(nil, userFields).Match(&babsRow) || !filter.CompileObject(nil).Match(&babs) {
		t.Error("without a filter a row does not match")
	}
}

// TestCaseFolding compares the evaluator with strings.EqualFold on every rune,
// and shows that no rune has more companions than an orbit holds.
func TestCaseFolding(t *testing.T) {
	t.Parallel()
	for r := rune(1); r <= unicode.MaxRune; r++ {
		next := unicode.SimpleFold(r)
		if next == r || !unicode.IsPrint(r) {
			continue
		}
		size := 1
		for other := next; other != r; other = unicode.SimpleFold(other) {
			size++
			f, err := filter.Parse(`userName eq "x`+string(r)+`" and userName ge "x`+string(r)+`" and userName le "x`+string(r)+`"`, users, filter.Options{})
			if err != nil {
				t.Fatal(err)
			}
			row := user{userName: "X" + string(other)}
			if !filter.Compile(f, userFields).Match(&row) {
				t.Errorf("%U is not %U", r, other)
			}
		}
		if size > 4 {
			t.Errorf("%U has %d runes that are equal to it", r, size)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, filter, problem string
	}{
		{"longest", `userName eq "` + strings.Repeat("a", filter.MaxLength-14) + `"`, ""},
		{"too long", `userName eq "` + strings.Repeat("a", filter.MaxLength-13) + `"`, "longer than 8192 bytes"},
		{"deepest", strings.Repeat("(", 32) + "title pr" + strings.Repeat(")", 32), ""},
		{"too deep", strings.Repeat("(", 33) + "title pr" + strings.Repeat(")", 33), "at character 33: parentheses and brackets are nested more than 32 deep"},
		{"brackets too deep", strings.Repeat("not (", 32) + "emails[type pr]" + strings.Repeat(")", 32), "nested more than 32 deep"},
		{"brackets deepest", strings.Repeat("not (", 30) + `emails[type pr or value pr].value pr` + strings.Repeat(")", 30), ""},
		{"joined too deep", strings.Repeat("not (", 31) + `emails[type pr or value pr].value pr` + strings.Repeat(")", 31), "nested more than 32 deep"},
		{"most", "title pr" + strings.Repeat(" or title pr", 99), ""},
		{"too many", "title pr" + strings.Repeat(" or title pr", 100), "more than 100 comparisons"},
	}
	for _, test := range tests {
		_, err := filter.Parse(test.filter, users, filter.Options{})
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.problem)
		}
	}
}
