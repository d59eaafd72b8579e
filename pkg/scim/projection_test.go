package scim_test

import (
	"encoding/json"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

// shown has attributes of every value of returned.
var shown = &scim.ResourceType{
	Name: "Shown",
	Schema: &scim.Schema{ID: "urn:example:2.0:Shown", Attributes: []scim.Attribute{
		{Name: "name", Type: scim.String},
		{Name: "nick", Type: scim.String},
		{Name: "code", Type: scim.String, Returned: scim.ReturnedAlways},
		{Name: "note", Type: scim.String, Returned: scim.ReturnedRequest},
		{Name: "password", Type: scim.String, Returned: scim.ReturnedNever},
		{Name: "parts", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String},
			{Name: "type", Type: scim.String},
			{Name: "long", Type: scim.String, Returned: scim.ReturnedRequest},
			{Name: "secret", Type: scim.String, Returned: scim.ReturnedNever},
		}},
		{Name: "keyed", Type: scim.Complex, SubAttributes: []scim.Attribute{
			{Name: "key", Type: scim.String, Returned: scim.ReturnedAlways},
			{Name: "value", Type: scim.String},
		}},
	}},
	Extensions: []*scim.Schema{{ID: "urn:example:extension:2.0:Shown", Attributes: []scim.Attribute{
		{Name: "colour", Type: scim.String},
		{Name: "shape", Type: scim.String},
	}}},
}

const shownText = `{"schemas":["urn:example:2.0:Shown"],"id":"1","meta":{"resourceType":"Shown","version":"1"},"name":"a \"b\" \u00e9","nick":"n","code":"c","note":"o","password":"p",` +
	`"parts":[{"value":"v","type":"t","long":"l","secret":"s"},{"type":"u"}],"keyed":{"key":"k","value":"v"},"urn:example:extension:2.0:Shown":{"colour":"red","shape":"round"}}`

func TestProjection(t *testing.T) {
	t.Parallel()
	const (
		start  = `{"schemas":["urn:example:2.0:Shown"],"id":"1",`
		meta   = `"meta":{"resourceType":"Shown","version":"1"},`
		name   = `"name":"a \"b\" \u00e9",`
		always = `"code":"c","keyed":{"key":"k"}`
		rest   = `"parts":[{"value":"v","type":"t"},{"type":"u"}],"keyed":{"key":"k","value":"v"},"urn:example:extension:2.0:Shown":{"colour":"red","shape":"round"}}`
	)
	tests := []struct {
		attributes, excluded []string
		want                 string
	}{
		{nil, nil, start + meta + name + `"nick":"n","code":"c",` + rest},
		{[]string{""}, []string{" , "}, start + meta + name + `"nick":"n","code":"c",` + rest},
		{[]string{"unknown"}, nil, start + always + `}`},
		{[]string{"NAME"}, nil, start + name + always + `}`},
		{[]string{"urn:EXAMPLE:2.0:Shown:name, note"}, nil, start + name + `"code":"c","note":"o","keyed":{"key":"k"}}`},
		{[]string{"name,nick", "meta.version"}, nil, start + `"meta":{"version":"1"},` + name + `"nick":"n",` + always + `}`},
		{[]string{"password"}, nil, start + always + `}`},
		{[]string{"parts"}, nil, start + `"code":"c","parts":[{"value":"v","type":"t"},{"type":"u"}],"keyed":{"key":"k"}}`},
		{[]string{"parts.long,parts.secret"}, nil, start + `"code":"c","parts":[{"long":"l"},{}],"keyed":{"key":"k"}}`},
		{[]string{"parts.long,parts"}, nil, start + `"code":"c","parts":[{"value":"v","type":"t","long":"l"},{"type":"u"}],"keyed":{"key":"k"}}`},
		{[]string{"keyed.value"}, nil, start + `"code":"c","keyed":{"key":"k","value":"v"}}`},
		{[]string{"urn:example:extension:2.0:Shown"}, nil, start + always + `,"urn:example:extension:2.0:Shown":{"colour":"red","shape":"round"}}`},
		{[]string{"urn:example:extension:2.0:Shown:colour"}, nil, start + always + `,"urn:example:extension:2.0:Shown":{"colour":"red"}}`},
		{[]string{"colour"}, nil, start + always + `}`},
		{[]string{"urn:example:2.0:Shown"}, nil, start + name + `"nick":"n","code":"c","parts":[{"value":"v","type":"t"},{"type":"u"}],"keyed":{"key":"k","value":"v"}}`},
		{[]string{"urn:example:2.0:Shown,note"}, nil, start + name + `"nick":"n","code":"c","note":"o","parts":[{"value":"v","type":"t"},{"type":"u"}],"keyed":{"key":"k","value":"v"}}`},
		{nil, []string{"name , id,schemas,code,meta"}, start + `"nick":"n","code":"c",` + rest},
		{nil, []string{"unknown"}, start + meta + name + `"nick":"n","code":"c",` + rest},
		{nil, []string{"parts.type", "keyed", "meta.resourceType,urn:example:extension:2.0:Shown:shape"}, start + `"meta":{"version":"1"},` + name +
			`"nick":"n","code":"c","parts":[{"value":"v"},{}],"keyed":{"key":"k"},"urn:example:extension:2.0:Shown":{"colour":"red"}}`},
		{nil, []string{"meta.version,meta.resourceType", "urn:example:extension:2.0:Shown", "parts,keyed.key,keyed.value"}, start + name + `"nick":"n",` + always + `}`},
		{nil, []string{"urn:example:extension:2.0:Shown:shape,urn:example:extension:2.0:Shown:colour"}, start + meta + name + `"nick":"n","code":"c",` +
			`"parts":[{"value":"v","type":"t"},{"type":"u"}],"keyed":{"key":"k","value":"v"}}`},
		{nil, []string{"urn:example:2.0:Shown"}, start + meta + always + `,"urn:example:extension:2.0:Shown":{"colour":"red","shape":"round"}}`},
	}
	for _, test := range tests {
		p, err := scim.ParseProjection(test.attributes, test.excluded, shown)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Resource([]byte(shownText))
		if err != nil || string(got) != test.want || !json.Valid(got) {
			t.Errorf("attributes %q, excludedAttributes %q: %v\ngot  %s\nwant %s", test.attributes, test.excluded, err, got, test.want)
		}
		list, err := p.List([]byte(`{"totalResults":1,"Resources":[` + shownText + `,` + shownText + `]}`))
		if want := `{"totalResults":1,"Resources":[` + test.want + `,` + test.want + `]}`; err != nil || string(list) != want {
			t.Errorf("list: %v\ngot  %s\nwant %s", err, list, want)
		}
	}
}

func TestProjectionRefuses(t *testing.T) {
	t.Parallel()
	_, err := scim.ParseProjection([]string{"name"}, []string{"nick"}, shown)
	if message, ok := err.(*scim.Error); !ok || message.Status != 400 || message.ScimType != scim.InvalidValue {
		t.Errorf("got %v", err)
	}
}

// TestProjectionAsks: what is returned on request must be named.
func TestProjectionAsks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		attributes, excluded string
		asks                 bool
	}{
		{"name,NOTE", "", true}, {"urn:example:2.0:Shown:note", "", true}, {"name", "", false}, {"", "note", false}, {"", "", false}, {"urn:example:2.0:Shown", "", false},
	} {
		p, err := scim.ParseProjection([]string{test.attributes}, []string{test.excluded}, shown)
		if err != nil || p.Asks("note") != test.asks {
			t.Errorf("%+v: %v", test, err)
		}
	}
	p, err := scim.ParseProjection([]string{"parts.value"}, nil, shown)
	if err != nil || !p.Asks("parts") || p.Asks("parts.value") || (*scim.Projection)(nil).Asks("note") {
		t.Errorf("parts: %v", err)
	}
}

// FuzzProjection: whatever is asked for, what is sent is JSON with an id, and
// never holds what is never returned.
func FuzzProjection(f *testing.F) {
	f.Add("name,parts.value", "")
	f.Add("", "urn:example:extension:2.0:Shown:colour, keyed")
	f.Add("urn:example:2.0:Shown", "")
	f.Add(".,:,urn:example:extension:2.0:Shown:", "")
	f.Fuzz(func(t *testing.T, attributes, excluded string) {
		p, err := scim.ParseProjection([]string{attributes}, []string{excluded}, shown, things)
		if err != nil {
			return
		}
		text, err := p.Resource([]byte(shownText))
		var sent struct{ ID, Password string }
		if err != nil || json.Unmarshal(text, &sent) != nil || sent.ID != "1" || sent.Password != "" {
			t.Errorf("attributes %q, excludedAttributes %q: %v, %s", attributes, excluded, err, text)
		}
	})
}

// TestNoProjection: what hides nothing costs nothing.
func TestNoProjection(t *testing.T) {
	t.Parallel()
	p, err := scim.ParseProjection(nil, []string{"unknown"}, things)
	if p != nil || err != nil || !p.Keeps("parts") {
		t.Errorf("got %v, %v", p, err)
	}
	for _, test := range []struct {
		attributes, excluded string
		keeps                bool
	}{{"name", "", false}, {"parts.value", "", true}, {"", "PARTS", false}, {"", "parts.value", true}, {"", "name", true}} {
		p, err := scim.ParseProjection([]string{test.attributes}, []string{test.excluded}, things)
		if err != nil || p.Keeps("parts") != test.keeps {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
