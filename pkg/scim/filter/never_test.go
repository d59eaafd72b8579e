package filter_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/scim/filter"
)

func TestIsNever(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`colour eq "red"`:                            true,
		`colour pr`:                                  true,
		`colour ne "red"`:                            false,
		`colour eq null`:                             false,
		`not (colour pr)`:                            false,
		`not (colour ne "red")`:                      true,
		`colour[shade eq "dark"]`:                    true,
		`colour pr and userName pr`:                  true,
		`colour ne "red" and userName pr`:            false,
		`colour pr or userName pr`:                   false,
		`colour pr or shade pr`:                      true,
		`not (colour ne "red" and shade ne "dark")`:  true,
		`not (colour ne "red" and userName pr)`:      false,
		`not (colour ne "red" or userName pr)`:       true,
		`not (colour pr or userName pr)`:             false,
		`not (not (colour pr))`:                      true,
		`userName pr and (colour pr or shade gt 7)`:  true,
		`userName pr`:                                false,
		`emails[value eq "x"]`:                       false,
		`not (emails[value eq "x"])`:                 false,
		`emails[type eq "work"] and not (colour pr)`: false,
		`emails[size gt 42]`:                         true,
		`emails[size ne 42]`:                         false,
		`emails[size gt 42 or type eq "work"]`:       false,
	} {
		f, err := filter.Parse(text, users, filter.Options{AcrossTypes: true})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if f.IsNever() != want || want && filter.CompileObject(f).Match(&babs) {
			t.Errorf("%s: %t", text, f.IsNever())
		}
	}
	if (*filter.Filter)(nil).IsNever() {
		t.Error("no filter holds for all")
	}
}
