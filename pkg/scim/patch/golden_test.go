package patch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

var update = flag.Bool("update", false, "write the results into testdata")

// TestGolden applies each NAME.patch of testdata to the resource before it,
// and compares what changes or the error with NAME.out. A .patch is the
// message, or its operations alone. Files whose name begins with role are
// about roles, others about users.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			goldenFile(t, file)
		})
	}
}

func typeOf(file string) *scim.ResourceType {
	if strings.HasPrefix(filepath.Base(file), "role") {
		return roles
	}
	return users
}

func goldenFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]string{}
	for _, f := range archive.Files {
		wanted[f.Name] = string(f.Data)
	}
	var out []txtar.File
	var resource scim.Object
	for _, f := range archive.Files {
		name, isPatch := strings.CutSuffix(f.Name, ".patch")
		switch {
		case strings.HasSuffix(f.Name, "resource.json"):
			resource = objectOf(t, f.Data)
			out = append(out, f)
		case isPatch:
			got := result(t, resource, string(f.Data), typeOf(file))
			if want := wanted[name+".out"]; got != want && !*update {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
			out = append(out, f, txtar.File{Name: name + ".out", Data: []byte(got)})
		}
	}
	if *update {
		archive.Files = out
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// objectOf reads a resource without regard to any schema.
func objectOf(t testing.TB, text []byte) scim.Object {
	t.Helper()
	decoded, err := scim.DecodeText(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return plain(decoded).(scim.Object)
}

func plain(value any) any {
	switch value := value.(type) {
	case scim.Members:
		object := scim.Object{}
		for _, member := range value {
			object[member.Name] = plain(member.Value)
		}
		return object
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
	case json.Number:
		whole, err := value.Int64()
		if err != nil {
			decimal, _ := value.Float64()
			return decimal
		}
		return whole
	}
	return value
}

// message makes a request of operations alone.
func message(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		return `{"schemas":["` + scim.SchemaPatchOp + `"],"Operations":` + text + `}`
	}
	return text
}

func result(t *testing.T, resource scim.Object, text string, resourceType *scim.ResourceType) string {
	before := resource.Clone()
	request, err := patch.Decode(strings.NewReader(message(text)), patch.Options{})
	if err != nil {
		return problem(err)
	}
	after, changed, err := patch.Apply(resource, request, resourceType, patch.Options{})
	if encode(resource) != encode(before) {
		t.Error("the resource was modified")
	}
	if err != nil {
		return problem(err)
	}
	if !changed {
		return "unchanged\n"
	}
	return difference(before, after)
}

// difference lists the attributes that differ.
func difference(before, after scim.Object) string {
	var b strings.Builder
	for _, name := range strings.Fields("schemas id userName name nickname displayName title active age weight born badge serial password tags keys emails phoneNumbers addresses roles members description updatePermissionSet " + enterpriseURN + " " + roleExtensionURN) {
		was, is := encode(before[name]), encode(after[name])
		if was != is {
			fmt.Fprintf(&b, "%s: %s\n", name, is)
		}
	}
	return b.String()
}

func encode(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err.Error()
	}
	text := strings.TrimSpace(b.String())
	if len(text) < 120 || !strings.Contains(text, "\n") {
		compact := &bytes.Buffer{}
		if json.Compact(compact, []byte(text)) == nil {
			return compact.String()
		}
	}
	return text
}

func problem(err error) string {
	var message *scim.Error
	if !errors.As(err, &message) {
		return err.Error()
	}
	return fmt.Sprintf("%d %s: %s\n", message.Status, message.ScimType, message.Detail)
}
