package patch_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// FuzzPatch checks that a request leaves the resource alone, that its result
// is valid by the schema, that changed is true exactly when the result
// differs, and that a request of replaces alone changes nothing when it comes
// again.
func FuzzPatch(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	resources := map[bool]scim.Object{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		isRole := typeOf(file) == roles
		for _, one := range archive.Files {
			if strings.HasSuffix(one.Name, ".patch") {
				f.Add(message(string(one.Data)), isRole)
			} else if strings.HasSuffix(one.Name, "resource.json") && resources[isRole] == nil {
				resources[isRole] = objectOf(f, one.Data)
			}
		}
	}
	options := patch.Options{SchemasOptional: true, UnquotedStrings: true, MissingIsRemoved: true}
	f.Fuzz(func(t *testing.T, body string, isRole bool) {
		request, err := patch.Decode(strings.NewReader(body), options)
		if err != nil {
			sound(t, err)
			return
		}
		resource, resourceType := resources[isRole], users
		if isRole {
			resourceType = roles
		}
		before := resource.Clone()
		result, changed, err := patch.Apply(resource, request, resourceType, options)
		if !reflect.DeepEqual(before, resource) {
			t.Fatal("the resource was modified")
		}
		if err != nil {
			sound(t, err)
			return
		}
		revalidate(t, result, resourceType)
		if !changed && !reflect.DeepEqual(before, result) {
			t.Fatal("changed, but not reported")
		}
		if changed && difference(before, result) == "" {
			t.Fatal("not changed, but reported")
		}
		repeat(t, result, request, resourceType, options)
	})
}

func sound(t *testing.T, err error) {
	t.Helper()
	var message *scim.Error
	if !errors.As(err, &message) || message.Status/100 != 4 || message.Detail == "" {
		t.Fatalf("got %v", err)
	}
}

// revalidate sends a result through the decoder of whole resources, which
// leaves out what is readOnly.
func revalidate(t *testing.T, result scim.Object, resourceType *scim.ResourceType) {
	t.Helper()
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := scim.Decode(strings.NewReader(string(text)), resourceType, scim.Immutable)
	if err != nil {
		t.Fatalf("%s is not valid: %v", text, err)
	}
	if err := scim.CheckSchemas(decoded, resourceType); err != nil {
		t.Fatal(err)
	}
	for name, value := range decoded {
		values, _ := value.([]any)
		primaries := 0
		for _, one := range values {
			if object, ok := one.(scim.Object); ok && object["primary"] == true {
				primaries++
			}
		}
		if primaries > 1 {
			t.Fatalf("%s has %d primary values: %s", name, primaries, text)
		}
	}
}

// repeat applies a single replace without filter again.
func repeat(t *testing.T, result scim.Object, request patch.Request, resourceType *scim.ResourceType, options patch.Options) {
	t.Helper()
	if len(request.Operations) != 1 {
		return
	}
	operation := request.Operations[0]
	if operation.Op != patch.Replace || operation.Path == "" || strings.Contains(operation.Path, "[") {
		return
	}
	if again, changed, err := patch.Apply(result, request, resourceType, options); err != nil || changed {
		t.Fatalf("replaced again: %v, %s", err, difference(result, again))
	}
}
