package acceptance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const anything = "…"

// compare tells how an answer differs from what is wanted, and learns what the
// answer has for names that are new.
func (n names) compare(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		return n.compareMembers(path, want, got)
	case []any:
		return n.compareValues(path, want, got)
	case string:
		return n.compareText(path, want, got)
	}
	if want != got {
		return differ(path, want, got)
	}
	return nil
}

func differ(path string, want, got any) []string {
	return []string{fmt.Sprintf("%s is %s, want %s", strings.TrimPrefix(path, "."), inJSON(got), inJSON(want))}
}

func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (n names) compareMembers(path string, want map[string]any, got any) []string {
	members, ok := got.(map[string]any)
	if !ok {
		return differ(path, want, got)
	}
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, there := members[name]
		switch {
		case there && want[name] == nil:
			differences = append(differences, differ(path+"."+name, nil, value)...)
		case !there && want[name] != nil:
			differences = append(differences, fmt.Sprintf("%s is not there, want %s", strings.TrimPrefix(path+"."+name, "."), inJSON(want[name])))
		case there:
			differences = append(differences, n.compare(path+"."+name, want[name], value)...)
		}
	}
	return differences
}

func (n names) compareValues(path string, want []any, got any) []string {
	left, ok := got.([]any)
	more := len(want) > 0 && want[len(want)-1] == anything
	if more {
		want = want[:len(want)-1]
	}
	if !ok || len(left) < len(want) || len(left) > len(want) && !more {
		return differ(path, want, got)
	}
	if len(want) == 1 && len(left) == 1 {
		return n.compare(path+"[0]", want[0], left[0])
	}
	left = slices.Clone(left)
	for _, value := range want {
		i := slices.IndexFunc(left, func(one any) bool { return len(maps.Clone(n).compare(path, value, one)) == 0 })
		if i < 0 {
			return []string{fmt.Sprintf("%s has none like %s", strings.TrimPrefix(path, "."), inJSON(value))}
		}
		n.compare(path, value, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return nil
}

func (n names) compareText(path, want string, got any) []string {
	if want == anything {
		return nil
	}
	text, isText := got.(string)
	filled := n.fill(want)
	if isText && inBraces.FindString(filled) == filled && filled != "" {
		n[strings.Trim(filled, "{}")] = text
		return nil
	}
	if !isText || text != filled {
		return differ(path, filled, got)
	}
	return nil
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ want, got, differences string }{
		{`{"a":1}`, `{"a":1,"b":2}`, ""},
		{`{"a":1}`, `{"a":2}`, "a is 2, want 1"},
		{`{"a":1}`, `{"b":1}`, "a is not there, want 1"},
		{`{"a":null}`, `{"b":1}`, ""},
		{`{"a":null}`, `{"a":null}`, "a is null, want null"},
		{`{"a":null}`, `{"a":1}`, "a is 1, want null"},
		{`{"a":true}`, `{"a":"true"}`, `a is "true", want true`},
		{`{"a":"…"}`, `{"a":{"b":1}}`, ""},
		{`{"a":"…"}`, `{}`, `a is not there, want "…"`},
		{`{"a":{"b":"x"}}`, `{"a":{"b":"y"}}`, `a.b is "y", want "x"`},
		{`{"a":{"b":"x"}}`, `{"a":["x"]}`, `a is ["x"], want {"b":"x"}`},
		{`{"a":[]}`, `{"a":[]}`, ""},
		{`{"a":[]}`, `{"a":[1]}`, `a is [1], want []`},
		{`{"a":[{"b":1}]}`, `{"a":[{"b":2}]}`, "a[0].b is 2, want 1"},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, ""},
		{`{"a":[1,1]}`, `{"a":[1,2]}`, "a has none like 1"},
		{`{"a":[2,"…"]}`, `{"a":[1,2,3]}`, ""},
		{`{"a":[4,"…"]}`, `{"a":[1,2,3]}`, "a has none like 4"},
		{`{"a":"{known}/x"}`, `{"a":"k/x"}`, ""},
		{`{"a":"{known}"}`, `{"a":"x"}`, `a is "x", want "k"`},
		{`{"a":"{new}","b":"{new}"}`, `{"a":"1","b":"1"}`, ""},
		{`{"a":"{new}","b":"{new}"}`, `{"a":"1","b":"2"}`, `b is "2", want "1"`},
		{`{"a":"{new}"}`, `{"a":1}`, `a is 1, want "{new}"`},
		{`{"a":[{"b":"{new}","c":2},{"c":1}],"d":"{new}"}`, `{"a":[{"b":"y","c":1},{"b":"x","c":2}],"d":"x"}`, ""},
	} {
		var want, got any
		if json.Unmarshal([]byte(test.want), &want) != nil || json.Unmarshal([]byte(test.got), &got) != nil {
			t.Fatal(test)
		}
		if differences := strings.Join((names{"known": "k"}).compare("", want, got), "; "); differences != test.differences {
			t.Errorf("%s for %s: %q, want %q", test.got, test.want, differences, test.differences)
		}
	}
}
