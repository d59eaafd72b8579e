package infra_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
)

// kind is how AWS invokes a function.
type kind int

const (
	direct kind = iota // by an operator, a schedule, or another function
	proxied
	authorizing
	streamed
)

// eventFile is one file of events/.
type eventFile struct {
	name     string // without .json
	function template.Function
	content  []byte
}

func eventFiles(t *testing.T, of *template.Template) []eventFile {
	t.Helper()
	paths, err := filepath.Glob("../events/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no events: %v", err)
	}
	var files []eventFile
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := eventFile{name: strings.TrimSuffix(filepath.Base(path), ".json"), content: content}
		for _, f := range of.Functions {
			if strings.HasPrefix(file.name+"-", f.Folder+"-") && len(f.Folder) > len(file.function.Folder) {
				file.function = f
			}
		}
		if file.function.Folder == "" {
			t.Errorf("%s begins with the name of no function", path)
			continue
		}
		files = append(files, file)
	}
	return files
}

// kindOf tells from the template how AWS invokes a function with this event. The
// stream is not the only one to invoke its functions: one of them goes on by itself.
func (e eventFile) kindOf(in *template.Template) kind {
	for _, authorizer := range in.API.Authorizers {
		if authorizer.FunctionARN == e.function.ARN {
			return authorizing
		}
	}
	if slices.ContainsFunc(in.API.Routes, func(r template.Route) bool { return r.Function == e.function.LogicalID }) {
		return proxied
	}
	if bytes.Contains(e.content, []byte(`"Records"`)) && slices.ContainsFunc(in.EventSources, func(s template.EventSource) bool { return s.Function == e.function.LogicalID }) {
		return streamed
	}
	return direct
}

// TestEvents: each file of events/ is of the form that AWS gives an event for its
// function, as the template says, in all its members.
func TestEvents(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	check := map[kind]func(*testing.T, eventFile){
		direct:      func(t *testing.T, file eventFile) { checkDirect(t, file) },
		proxied:     newProxyCheck(t, loaded).check,
		authorizing: newAuthorizerCheck(t, loaded).check,
		streamed:    newStreamCheck(t, loaded).check,
	}
	for _, file := range eventFiles(t, loaded) {
		t.Run(file.name, func(t *testing.T) {
			check[file.kindOf(loaded)](t, file)
		})
	}
}

// exactly decodes an event into a type that names all its members: it may have no
// other, and may lack none.
func exactly(event []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	again, err := json.Marshal(into)
	if err != nil {
		return err
	}
	var before, after any
	if err := json.Unmarshal(event, &before); err != nil {
		return err
	}
	if err := json.Unmarshal(again, &after); err != nil {
		return err
	}
	if !reflect.DeepEqual(before, after) {
		return fmt.Errorf("it is\n%s\nand would be\n%s", compacted(event), again)
	}
	return nil
}

func compacted(document []byte) []byte {
	var buffer bytes.Buffer
	if json.Compact(&buffer, document) != nil {
		return document
	}
	return buffer.Bytes()
}
