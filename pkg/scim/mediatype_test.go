package scim_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestCheckContentType(t *testing.T) {
	tests := map[string]bool{
		"":                                     true,
		"application/scim+json":                true,
		"application/json":                     true,
		"Application/SCIM+JSON; charset=UTF-8": true,
		"application/json;charset=utf-8":       true,
		`application/json; charset="utf-8"`:    true,
		"application/json; charset":            true,
		"application/json;":                    true,
		"application/scim+json; version=2":     true,
		"application/json; charset=iso-8859-1": false,
		"application/x-www-form-urlencoded":    false,
		"text/plain":                           false,
		"application/xml":                      false,
		"json":                                 false,
		"/":                                    false,
		"application/json, text/plain":         false,
	}
	for value, want := range tests {
		if err := scim.CheckContentType(value); (err == nil) != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestCheckAccept(t *testing.T) {
	tests := []struct {
		lines []string
		want  bool
	}{
		{nil, true},
		{[]string{""}, true},
		{[]string{"*/*"}, true},
		{[]string{"application/*"}, true},
		{[]string{"application/scim+json"}, true},
		{[]string{"application/json"}, true},
		{[]string{"Application/JSON; charset=utf-8"}, true},
		{[]string{"application/scim+json;q=0.1, text/html"}, true},
		{[]string{"text/html", "application/json"}, true},
		{[]string{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, true},
		{[]string{"application/json;q=0, */*"}, true},
		{[]string{"application/json, */*;q=0"}, true},
		{[]string{`text/x;a="b,c", application/json`}, true},
		{[]string{"text/html"}, false},
		{[]string{"application/xml, text/*"}, false},
		{[]string{"*/*;q=0"}, false},
		{[]string{"application/*;q=0, */*"}, false},
		{[]string{"application/scim+json;q=0, application/json"}, false},
		{[]string{"application/scim+json; q=0.0"}, false},
		{[]string{"application/json;q=0"}, false},
		{[]string{"nonsense"}, false},
	}
	for _, test := range tests {
		if err := scim.CheckAccept(test.lines); (err == nil) != test.want {
			t.Errorf("%q: %v", test.lines, err)
		}
	}
}
