package patch_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// apply applies operations, written as JSON, to a user.
func apply(t *testing.T, resource scim.Object, operations string, options patch.Options) (scim.Object, bool, error) {
	t.Helper()
	request, err := patch.Decode(strings.NewReader(message(operations)), options)
	if err != nil {
		return nil, false, err
	}
	return patch.Apply(resource, request, users, options)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	resource := scim.Object{"schemas": []any{userURN}, "userName": "babs", "roles": []any{scim.Object{"value": "R1"}, scim.Object{"value": "R2"}}}
	tests := []struct {
		name, body string
		options    patch.Options
		want       string // encoded roles, "unchanged" or part of an error
	}{
		{"schemas required", `{"Operations":[{"op":"remove","path":"roles[value eq \"R1\"]"}]}`, patch.Options{}, "invalidSyntax"},
		{"schemas optional", `{"Operations":[{"op":"remove","path":"roles[value eq \"R1\"]"}]}`, patch.Options{SchemasOptional: true}, `[{"value":"R2"}]`},
		{"schemas optional but wrong", `{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"roles"}]}`, patch.Options{SchemasOptional: true}, "invalidSyntax"},
		{"unquoted", `[{"op":"remove","path":"roles[value eq R1]"}]`, patch.Options{UnquotedStrings: true}, `[{"value":"R2"}]`},
		{"missing is an error", `[{"op":"remove","path":"roles[value eq \"R9\"]"}]`, patch.Options{}, "noTarget"},
		{"missing is removed", `[{"op":"remove","path":"roles[value eq \"R9\"]"}]`, patch.Options{MissingIsRemoved: true}, "unchanged"},
		{"missing is not replaced", `[{"op":"replace","path":"roles[value eq \"R9\"]","value":"R1"}]`, patch.Options{MissingIsRemoved: true}, "noTarget"},
	}
	for _, test := range tests {
		result, changed, err := apply(t, resource, test.body, test.options)
		got := encode(result["roles"])
		switch {
		case err != nil:
			got = err.Error()
		case !changed:
			got = "unchanged"
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestUnchangedIsTheResourceItself(t *testing.T) {
	t.Parallel()
	resource := scim.Object{"userName": "babs", "emails": []any{}, enterpriseURN: scim.Object{}}
	result, changed, err := apply(t, resource, `[{"op":"replace","path":"userName","value":"babs"}]`, patch.Options{})
	if err != nil || changed || reflect.ValueOf(result).Pointer() != reflect.ValueOf(resource).Pointer() {
		t.Errorf("got %v, %t, %v", result, changed, err)
	}
}

func TestNilResource(t *testing.T) {
	t.Parallel()
	result, changed, err := apply(t, nil, `[{"op":"add","path":"userName","value":"babs"}]`, patch.Options{})
	if err != nil || !changed || result["userName"] != "babs" {
		t.Errorf("got %v, %t, %v", result, changed, err)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	operations := func(n int) string {
		return "[" + strings.Repeat(`{"op":"remove","path":"title"},`, n-1) + `{"op":"remove","path":"title"}]`
	}
	resource := scim.Object{"userName": "babs"}
	if _, _, err := apply(t, resource, operations(patch.MaxOperations), patch.Options{}); err != nil {
		t.Errorf("most operations: %v", err)
	}
	if _, _, err := apply(t, resource, operations(patch.MaxOperations+1), patch.Options{}); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("one more: %v", err)
	}
	if _, _, err := apply(t, resource, `[{"op":"add","path":"title","value":"`+strings.Repeat("a", scim.MaxBodySize)+`"}]`, patch.Options{}); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("long body: %v", err)
	}
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	if _, _, err := apply(t, resource, `[{"op":"add","path":"title","value":`+deep+`}]`, patch.Options{}); err == nil || !strings.Contains(err.Error(), "nested") {
		t.Errorf("deep body: %v", err)
	}
}

// TestManyValues keeps long lists from costing the square of their length.
func TestManyValues(t *testing.T) {
	t.Parallel()
	const n = 20000
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(`{"value":"m%d"}`, i)
	}
	list := "[" + strings.Join(values, ",") + "]"
	result, _, err := apply(t, scim.Object{"userName": "babs"}, `[{"op":"add","path":"members","value":`+list+`},{"op":"add","path":"members","value":`+list+`}]`, patch.Options{})
	if err != nil || len(result.Values("members")) != n {
		t.Fatalf("got %d, %v", len(result.Values("members")), err)
	}
	one := `{"op":"add","path":"members","value":{"value":"m1"}}`
	if _, _, err := apply(t, result, "["+strings.Repeat(one+",", 500)+one+"]", patch.Options{}); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("many operations on many values: %v", err)
	}
	again, changed, err := apply(t, result, `[{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"m1"}]},{"op":"add","path":"members","value":`+list+`}]`, patch.Options{})
	if err != nil || changed || len(again.Values("members")) != n {
		t.Errorf("another order: %t, %v", changed, err)
	}
}
