package filter_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

var update = flag.Bool("update", false, "write the results into testdata")

// tolerant accepts what HID and Entra ID clients send.
var tolerant = filter.Options{UnquotedStrings: true, RepeatedSpaces: true, QuotedBooleans: true}

// TestGolden parses each NAME.filter of testdata and compares the tree or the
// error with NAME.out. Files whose name begins with tolerant accept what the
// tenant surface does.
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

func goldenFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options := filter.Options{}
	if strings.HasPrefix(filepath.Base(file), "tolerant") {
		options = tolerant
	}
	wanted := map[string]string{}
	for _, f := range archive.Files {
		wanted[f.Name] = string(f.Data)
	}
	var out []txtar.File
	for _, f := range archive.Files {
		name, isFilter := strings.CutSuffix(f.Name, ".filter")
		if !isFilter {
			continue
		}
		got := result(strings.TrimSuffix(string(f.Data), "\n"), options)
		if want := wanted[name+".out"]; got != want && !*update {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		out = append(out, f, txtar.File{Name: name + ".out", Data: []byte(got)})
	}
	if *update {
		archive.Files = out
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// result shows the tree, and the canonical form where names differ from what
// was sent.
func result(text string, options filter.Options) string {
	e, err := filter.ParseExpr(text, options)
	if err != nil {
		return problem(err)
	}
	f, err := filter.Parse(text, users, options)
	if err != nil {
		return tree(e, "") + problem(err)
	}
	return tree(e, "") + f.String() + "\n"
}

func problem(err error) string {
	var message *scim.Error
	if !errors.As(err, &message) {
		return err.Error()
	}
	return fmt.Sprintf("%d %s: %s\n", message.Status, message.ScimType, message.Detail)
}

// tree shows an expression without positions.
func tree(e filter.Expr, indent string) string {
	switch e := e.(type) {
	case filter.And:
		return indent + "and\n" + trees(e, indent+"  ")
	case filter.Or:
		return indent + "or\n" + trees(e, indent+"  ")
	case *filter.Not:
		return indent + "not\n" + tree(e.X, indent+"  ")
	case *filter.ValuePath:
		return indent + e.Path + " []\n" + tree(e.Filter, indent+"  ")
	case *filter.Comparison:
		return strings.TrimSuffix(fmt.Sprintf("%s%s %s %s", indent, e.Path, e.Op, e.Value), " ") + "\n"
	}
	return fmt.Sprintf("%sunknown %T\n", indent, e)
}

func trees(list []filter.Expr, indent string) string {
	var b strings.Builder
	for _, e := range list {
		b.WriteString(tree(e, indent))
	}
	return b.String()
}
