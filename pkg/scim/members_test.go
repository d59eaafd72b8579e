package scim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestDecodeMessage(t *testing.T) {
	t.Parallel()
	message, err := scim.DecodeMessage(strings.NewReader(` {"b":[1.50,"x",null,true],"a":{"C":false}} `))
	want := scim.Members{{"b", []any{json.Number("1.50"), "x", nil, true}}, {"a", scim.Members{{"C", false}}}}
	if err != nil || !reflect.DeepEqual(message, want) {
		t.Errorf("got %#v, %v", message, err)
	}
	if value, ok := message.Get("B"); !ok || value == nil {
		t.Errorf("B is %v", value)
	}
	if value, ok := message.Get("c"); ok {
		t.Errorf("c is %v", value)
	}
}

func TestDecodeMessageRefuses(t *testing.T) {
	t.Parallel()
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf(`"n%d":0`, i)
	}
	list := strings.Join(many, ",")
	if _, err := scim.DecodeMessage(strings.NewReader("{" + list + "}")); err != nil {
		t.Errorf("many members: %v", err)
	}
	tests := []struct{ body, detail string }{
		{``, "but the end of the body came"},
		{`[]`, "but an array came"},
		{`{"a":1}x`, "nothing more behind the object"},
		{`{"a":1,"A":2}`, `"A" comes twice`},
		{`{` + list + `,"N3":1}`, `"N3" comes twice`},
		{`{` + list + `,"N39":1}`, `"N39" comes twice`},
		{`{"a":}`, "expected a value"},
		{`{"a":` + strings.Repeat("[", 50), "nested more than 32 deep"},
		{"{\"a\":\"\xff\"}", "line 1, column 7: the text is not UTF-8"},
		{`{"a":"` + strings.Repeat("a", scim.MaxBodySize) + `"}`, "longer than 1048576 bytes"},
	}
	for _, test := range tests {
		_, err := scim.DecodeMessage(strings.NewReader(test.body))
		var message *scim.Error
		if !errors.As(err, &message) || !strings.Contains(message.Detail, test.detail) {
			t.Errorf("%.40s: got %v, want %s", test.body, err, test.detail)
		}
	}
}

func TestDecodeText(t *testing.T) {
	t.Parallel()
	if value, err := scim.DecodeText(` [{"a":1}] `); err != nil || !reflect.DeepEqual(value, []any{scim.Members{{"a", json.Number("1")}}}) {
		t.Errorf("got %#v, %v", value, err)
	}
	for _, text := range []string{``, `{`, `x`, `1 2`, `"a`} {
		if _, err := scim.DecodeText(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	original := scim.Object{"a": "x", "b": scim.Object{"c": int64(1)}, "d": []any{scim.Object{"e": true}, "y"}}
	clone := original.Clone()
	if !reflect.DeepEqual(original, clone) {
		t.Fatalf("got %v", clone)
	}
	clone["a"] = "z"
	clone.Object("b")["c"] = int64(2)
	clone.Values("d")[0].(scim.Object)["e"] = false
	clone.Values("d")[1] = "z"
	if want := (scim.Object{"a": "x", "b": scim.Object{"c": int64(1)}, "d": []any{scim.Object{"e": true}, "y"}}); !reflect.DeepEqual(original, want) {
		t.Errorf("the original became %v", original)
	}
	if scim.Object(nil).Clone() != nil {
		t.Error("the clone of nil is not nil")
	}
}
