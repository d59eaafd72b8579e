package scim_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rolecall/rolecall/pkg/scim"
)

const (
	coreURN      = "urn:example:2.0:Thing"
	extensionURN = "urn:example:extension:2.0:Thing"
)

// things use every data type.
var things = &scim.ResourceType{
	Name: "Thing",
	Schema: &scim.Schema{ID: coreURN, Attributes: []scim.Attribute{
		{Name: "name", Type: scim.String, Required: true},
		{Name: "active", Type: scim.Boolean},
		{Name: "size", Type: scim.Integer},
		{Name: "weight", Type: scim.Decimal},
		{Name: "made", Type: scim.DateTime},
		{Name: "picture", Type: scim.Binary},
		{Name: "owner", Type: scim.Reference, ReferenceTypes: []string{"User"}},
		{Name: "tags", Type: scim.String, MultiValued: true},
		{Name: "parts", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true},
			{Name: "count", Type: scim.Integer},
			{Name: "display", Type: scim.String, Mutability: scim.ReadOnly},
		}},
		{Name: "serial", Type: scim.String, Mutability: scim.ReadOnly},
		{Name: "open", Type: scim.Boolean, Lenient: true},
		{Name: "links", Type: scim.Complex, MultiValued: true, Lenient: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true},
			{Name: "primary", Type: scim.Boolean, Lenient: true},
			{Name: "display", Type: scim.String, Mutability: scim.ReadOnly},
		}},
		{Name: "maker", Type: scim.Complex, Lenient: true, SubAttributes: []scim.Attribute{{Name: "value", Type: scim.String}}},
		{Name: "place", Type: scim.Complex, Lenient: true, SubAttributes: []scim.Attribute{{Name: "room", Type: scim.String}}},
	}},
	Extensions: []*scim.Schema{{ID: extensionURN, Attributes: []scim.Attribute{
		{Name: "colour", Type: scim.String, Required: true},
	}}},
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name string
		body string
		want scim.Object
	}{
		{"empty object", `{}`, scim.Object{}},
		{"white space and byte order mark", "\xef\xbb\xbf \t\r\n{ } \n", scim.Object{}},
		{"every type",
			`{"schemas":["` + coreURN + `"],"id":"a","externalId":"x","name":"n","active":true,"size":-7,"weight":1.5e2,"made":"2026-01-31T12:00:00Z","picture":"AAE=","owner":"https://h/u","tags":["a","b"],"parts":[{"value":"p","count":1}]}`,
			scim.Object{"schemas": []any{coreURN}, "id": "a", "externalId": "x", "name": "n", "active": true, "size": int64(-7), "weight": 150.0,
				"made": "2026-01-31T12:00:00Z", "picture": "AAE=", "owner": "https://h/u", "tags": []any{"a", "b"},
				"parts": []any{scim.Object{"value": "p", "count": int64(1)}}}},
		{"names in any case", `{"NAME":"n","Parts":[{"VALUE":"p"}],"ID":"a"}`, scim.Object{"name": "n", "parts": []any{scim.Object{"value": "p"}}, "id": "a"}},
		{"extension in any case", `{"URN:Example:Extension:2.0:thing":{"Colour":"red"}}`, scim.Object{extensionURN: scim.Object{"colour": "red"}}},
		{"required attribute of an extension may be absent", `{"` + extensionURN + `":{}}`, scim.Object{extensionURN: scim.Object{}}},
		{"null is absent", `{"name":null,"parts":null,"` + extensionURN + `":null}`, scim.Object{}},
		{"empty array is kept", `{"tags":[]}`, scim.Object{"tags": []any{}}},
		{"unknown is ignored", `{"what":{"ever":[1,true,null,"x",-0.1E+3,{}]},"name":"n"}`, scim.Object{"name": "n"}},
		{"readOnly is ignored, whatever its type", `{"serial":5,"meta":"x","parts":[{"value":"p","display":[]}]}`, scim.Object{"parts": []any{scim.Object{"value": "p"}}}},
		{"escapes", `{"name":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, scim.Object{"name": "a\"\\/\b\f\n\r\té😀"}},
		{"escaped attribute name", `{"n\u0061me":"n"}`, scim.Object{"name": "n"}},
		{"text beyond ASCII", `{"name":"Größe 尺寸"}`, scim.Object{"name": "Größe 尺寸"}},
		{"lenient booleans", `{"open":"True","links":[{"value":"a","primary":"FALSE"}]}`, scim.Object{"open": true, "links": []any{scim.Object{"value": "a", "primary": false}}}},
		{"lenient, but as it should be", `{"open":false,"links":[],"maker":{"value":"m"}}`, scim.Object{"open": false, "links": []any{}, "maker": scim.Object{"value": "m"}}},
		{"one value in place of an array", `{"links":{"value":"a"}}`, scim.Object{"links": []any{scim.Object{"value": "a"}}}},
		{"strings in place of objects", `{"links":["a",{"value":"b"},""],"maker":"m"}`,
			scim.Object{"links": []any{scim.Object{"value": "a"}, scim.Object{"value": "b"}, scim.Object{"value": ""}}, "maker": scim.Object{"value": "m"}}},
		{"a string in place of an array", `{"links":"a"}`, scim.Object{"links": []any{scim.Object{"value": "a"}}}},
		{"objects in strings", `{"links":[" {\"VALUE\":\"a\",\"primary\":\"true\",\"id\":7,\"display\":\"A\"} "],"maker":"{\"value\":\"m\"}","place":"{\"room\":\"r\"}"}`,
			scim.Object{"links": []any{scim.Object{"value": "a", "primary": true}}, "maker": scim.Object{"value": "m"}, "place": scim.Object{"room": "r"}}},
		{"lenient null", `{"open":null,"links":null,"maker":null}`, scim.Object{}},
		{"the Kelvin sign is no k", "{\"\u212aind\":1,\"kind\":2}", scim.Object{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := scim.Decode(strings.NewReader(test.body), things, scim.Immutable)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v\nwant %#v", got, test.want)
			}
		})
	}
}

func TestDecodeIgnoresReadOnlyID(t *testing.T) {
	got, err := scim.Decode(strings.NewReader(`{"id":5}`), things, scim.ReadOnly)
	if err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const syntax, value = scim.InvalidSyntax, scim.InvalidValue
	tests := []struct {
		body     string
		scimType string
		detail   string // part of it
	}{
		{``, syntax, "The body must be a JSON object, but the end of the body came."},
		{`null`, syntax, "must be a JSON object, but null came"},
		{`[]`, syntax, "must be a JSON object, but an array came"},
		{`"x"`, syntax, "must be a JSON object, but a string came"},
		{`<xml>`, syntax, "must be a JSON object, but '<' came"},
		{`{`, syntax, "line 1, column 2: expected an attribute name in double quotes, but the end of the body came"},
		{"{\n  \"name\": \"n\",\n  }", syntax, "line 3, column 3: expected an attribute name in double quotes, but '}' came"},
		{`{"name" "n"}`, syntax, "line 1, column 9: expected a colon behind the attribute name, but '\"' came"},
		{`{"name":"n" "id":"x"}`, syntax, "line 1, column 13: expected a comma or }, but '\"' came"},
		{`{"é":"n" x}`, syntax, "line 1, column 10: "},
		{`{"tags":["a" "b"]}`, syntax, "line 1, column 14: expected a comma or ]"},
		{`{"tags":["a",]}`, syntax, "line 1, column 14: expected a value, but ']' came"},
		{`{'name':'n'}`, syntax, "line 1, column 2: expected an attribute name in double quotes"},
		{`{"name":"n}`, syntax, "line 1, column 9: the string that begins here is not closed"},
		{"{\"name\":\"a\nb\"}", syntax, "a raw control character came"},
		{"{\"name\":\"\\ta\nb\"}", syntax, "a raw control character came"},
		{`{"name":"\x"}`, syntax, "another escape came"},
		{`{"name":"\u12"}`, syntax, "four hexadecimal digits"},
		{`{"name":"\u+123"}`, syntax, "four hexadecimal digits"},
		{`{"name":"\ud83d"}`, syntax, "half of one came"},
		{`{"name":"\ude00\ud83d"}`, syntax, "half of one came"},
		{`{"name":"\`, syntax, "an escaped character, but the end of the body came"},
		{"{\"name\":\"\xff\"}", syntax, "line 1, column 10: the text is not UTF-8"},
		{`{"name":"n"} x`, syntax, "nothing more behind the object, but 'x' came"},
		{`{"name":"n"}{"name":"n"}`, syntax, "nothing more behind the object"},
		{`{"name":"n","Name":"m"}`, syntax, `The attribute "Name" comes twice`},
		{`{"other":1,"OTHER":2}`, syntax, `The attribute "OTHER" comes twice`},
		{`{"parts":[{"value":"a","Value":"b"}]}`, syntax, `The attribute "Value" comes twice`},
		{`{"` + extensionURN + `":{},"` + strings.ToUpper(extensionURN) + `":{}}`, syntax, "comes twice"},
		{`{"x":` + strings.Repeat("[", 100), syntax, "nested more than 32 deep"},
		{`{"x":01}`, syntax, "expected a comma or }"},
		{`{"x":-}`, syntax, "expected a digit"},
		{`{"x":1.}`, syntax, "expected a digit"},
		{`{"x":1e}`, syntax, "expected a digit"},
		{`{"x":nul}`, syntax, "expected a value"},
		{`{"x":True}`, syntax, "expected a value, but 'T' came"},
		{`{"name":undefined}`, syntax, "expected a value, but 'u' came"},
		{`{"name":5}`, value, "name must be a string, but a number came at line 1, column 9."},
		{`{"Name":true}`, value, "name must be a string, but a boolean came"},
		{`{"name":{}}`, value, "name must be a string, but an object came"},
		{`{"active":"True"}`, value, "active must be true or false, without quotes, but a string came"},
		{`{"active":1}`, value, "active must be true or false"},
		{`{"size":1.5}`, value, "size must be a whole number"},
		{`{"size":99999999999999999999}`, value, "size must be a whole number"},
		{`{"size":"1"}`, value, "size must be a number, but a string came"},
		{`{"weight":1e999}`, value, "weight must be a number of double precision"},
		{`{"made":"yesterday"}`, value, "made must be a date and time"},
		{`{"picture":"?"}`, value, "picture must be base64"},
		{`{"tags":"a"}`, value, "tags must be an array, but a string came"},
		{`{"tags":[null]}`, value, "tags[0] must be a string, but null came"},
		{`{"parts":[{"value":"a"},{"count":1}]}`, value, "parts[1].value is required: send a string."},
		{`{"parts":[{"value":null}]}`, value, "parts[0].value is required"},
		{`{"parts":["a"]}`, value, "parts[0] must be an object, but a string came"},
		{`{"parts":[{"value":"a","count":"1"}]}`, value, "parts[0].count must be a number"},
		{`{"open":"yes"}`, value, "open must be true or false, without quotes; see line 1, column 9."},
		{`{"open":1}`, value, "open must be true or false, without quotes, but a number came"},
		{`{"open":"True`, syntax, "not closed"},
		{`{"links":7}`, value, "links must be an object, but a number came"},
		{`{"links":["a",7]}`, value, "links[1] must be an object, but a number came"},
		{`{"links":[null]}`, value, "links[0] must be an object, but null came"},
		{`{"links":[["a"]]}`, value, "links[0] must be an object, but an array came"},
		{`{"links":"{}"}`, value, "links.value is required"},
		{`{"links":["{\"value\":1}"]}`, value, "links[0].value must be a string, but a number came"},
		{`{"links":["{\"value\":\"a\"} x"]}`, value, "links[0] must be one JSON object, if it is JSON in a string; see line 1, column 11."},
		{`{"links":["{\"value\":\"a\"}\u0000"]}`, value, "links[0] must be one JSON object"},
		{`{"links":["{value:1}"]}`, value, "links[0] must be one JSON object"},
		{`{"links":["{\"value\":\"a\",\"Value\":\"b\"}"]}`, value, "links[0] must be one JSON object"},
		{`{"links":["{\"value\":\"a\",\"x\":` + strings.Repeat("[", 100) + `"]}`, value, "links[0] must be one JSON object"},
		{`{"links":[{"value":"a","primary":"maybe"}]}`, value, "links[0].primary must be true or false"},
		{`{"place":"somewhere"}`, value, "place must be an object; see line 1, column 10."},
		{`{"` + extensionURN + `":"red"}`, value, extensionURN + " must be an object, but a string came"},
	}
	for _, test := range tests {
		t.Run(test.body[:min(len(test.body), 40)], func(t *testing.T) {
			_, err := scim.Decode(strings.NewReader(test.body), things, scim.Immutable)
			var message *scim.Error
			if !errors.As(err, &message) {
				t.Fatalf("got error %v", err)
			}
			if message.Status != 400 || message.ScimType != test.scimType || !strings.Contains(message.Detail, test.detail) {
				t.Errorf("got %v\nwant 400 %s: …%s…", message, test.scimType, test.detail)
			}
		})
	}
}

func TestDecodeBoundsTheBody(t *testing.T) {
	body := `{"name":"` + strings.Repeat("a", scim.MaxBodySize-11) + `"}`
	if _, err := scim.Decode(strings.NewReader(body), things, scim.Immutable); err != nil {
		t.Errorf("longest body: %v", err)
	}
	_, err := scim.Decode(strings.NewReader(body+" "), things, scim.Immutable)
	var message *scim.Error
	if !errors.As(err, &message) || message.Status != 413 {
		t.Errorf("one byte more: got %v, want 413", err)
	}
}

func TestDecodeOfBrokenBody(t *testing.T) {
	_, err := scim.Decode(iotest.ErrReader(errors.New("boom")), things, scim.Immutable)
	var message *scim.Error
	if !errors.As(err, &message) || message.Status != 400 || strings.Contains(message.Detail, "boom") {
		t.Errorf("got %v, want 400 without the cause", err)
	}
	if _, err := scim.Decode(nil, things, scim.Immutable); !errors.As(err, &message) {
		t.Errorf("no body: got %v", err)
	}
}

func TestCheckSchemas(t *testing.T) {
	tests := []struct {
		schemas []any
		detail  string // part of it; empty when accepted
	}{
		{[]any{coreURN}, ""},
		{[]any{extensionURN, strings.ToUpper(coreURN)}, ""},
		{nil, "schemas is required"},
		{[]any{extensionURN}, "schemas is required"},
		{[]any{coreURN, "urn:other"}, `"urn:other", which is no schema of a Thing`},
	}
	for _, test := range tests {
		err := scim.CheckSchemas(scim.Object{"schemas": test.schemas}, things)
		if (err == nil) != (test.detail == "") || err != nil && !strings.Contains(err.Error(), test.detail) {
			t.Errorf("%v: got %v, want %q", test.schemas, err, test.detail)
		}
	}
}

// FuzzDecode checks that the decoder accepts no text that encoding/json
// refuses, and that what it refuses it refuses with a sound error.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` {"name":"n","active":true} `, `{"parts":[{"value":"\ud83d\ude00"}],"x":[1,-0.5e+3,null]}`, `{"name":"\ud83d"}`,
		`{"tags":["a",]}`, `{"a":1,"A":2}`, `{"` + extensionURN + `":{"colour":"red"}}`, `{"size":1e5}`, "{\"name\":\"\xff\"}", `{"x":[[[[{}]]]]}`,
		"\xef\xbb\xbf{}", `{"made":"2026-01-31T12:00:00Z","picture":"AA=="}`, `[`, `{"name":"a`, `{"x":tru`, `{"x":0.`, `{"x":1e0888}`, `{"size":1e0888}`, `{"name":"\`,
		`{"open":"True","links":"a","maker":"{\"value\":\"m\"}"}`, `{"links":["{\"value\":\"a\",\"primary\":\"False\"}",{"value":"b"}]}`, `{"links":["{\"value\":\"a\"}\u0000"]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		object, err := scim.Decode(strings.NewReader(body), things, scim.Immutable)
		if err != nil {
			var message *scim.Error
			if !errors.As(err, &message) || message.Status/100 != 4 || message.Detail == "" || object != nil {
				t.Fatalf("got %v, %#v", object, err)
			}
			if _, err := json.Marshal(message); err != nil {
				t.Fatal(err)
			}
			return
		}
		var reference map[string]any
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
		decoder.UseNumber() // a number that nobody reads may be of any size
		if err := decoder.Decode(&reference); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if name, ok := object.String("name"); ok {
			found := false
			for key, value := range reference {
				found = found || strings.EqualFold(key, "name") && value == name
			}
			if !found {
				t.Fatalf("read name %q of %q", name, body)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	const body = `{"schemas":["` + coreURN + `"],"id":"NEWROLE","name":"New Role","active":true,"` + extensionURN + `":{"colour":"red"}}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scim.Decode(strings.NewReader(body), things, scim.Immutable); err != nil {
			b.Fatal(err)
		}
	}
}
