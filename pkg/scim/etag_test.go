package scim_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestFormatETag(t *testing.T) {
	if got := scim.FormatETag(12); got != `W/"12"` {
		t.Errorf("got %s", got)
	}
}

func TestParseETags(t *testing.T) {
	tests := []struct {
		lines   []string
		matches []int64
		refused bool
	}{
		{lines: nil},
		{lines: []string{`*`}, matches: []int64{1, 2, 3}},
		{lines: []string{` * `}, matches: []int64{1, 2, 3}},
		{lines: []string{`W/"1"`}, matches: []int64{1}},
		{lines: []string{`"2"`}, matches: []int64{2}},
		{lines: []string{`3`}, matches: []int64{3}},
		{lines: []string{`W/"1", "2" ,3`}, matches: []int64{1, 2, 3}},
		{lines: []string{`W/"1"`, `W/"3"`}, matches: []int64{1, 3}},
		{lines: []string{`,, "2",`}, matches: []int64{2}},
		{lines: []string{`1 , 2`}, matches: []int64{1, 2}},
		{lines: []string{`"foreign, tag"`}, refused: true}, // RFC 9110 has no space in a tag
		{lines: []string{`"foreign,tag"`}},
		{lines: []string{`W/"01"`}},
		{lines: []string{`""`}},
		{lines: []string{``}, refused: true},
		{lines: []string{`,`}, refused: true},
		{lines: []string{`abc`}, refused: true},
		{lines: []string{`"1`}, refused: true},
		{lines: []string{`W/1`}, refused: true},
		{lines: []string{`w/"1"`}, refused: true},
		{lines: []string{`"1"x`}, refused: true},
		{lines: []string{`"1" "2"`}, refused: true},
		{lines: []string{`"1", *`}, refused: true},
		{lines: []string{`-1`}, refused: true},
	}
	for _, test := range tests {
		tags, err := scim.ParseETags("If-Match", test.lines)
		if (err != nil) != test.refused {
			t.Errorf("%q: got error %v", test.lines, err)
			continue
		}
		if err != nil {
			if !strings.Contains(err.Error(), "If-Match") || !strings.Contains(err.Error(), `W/"1"`) {
				t.Errorf("%q: error gives no advice: %v", test.lines, err)
			}
			continue
		}
		if tags.IsZero() != (test.lines == nil) {
			t.Errorf("%q: IsZero is %v", test.lines, tags.IsZero())
		}
		for version := range int64(4) {
			want := false
			for _, match := range test.matches {
				want = want || match == version
			}
			if version == 0 && len(test.matches) == 3 && tags.Any() {
				want = true
			}
			if got := tags.Match(version); got != want {
				t.Errorf("%q: Match(%d) is %v", test.lines, version, got)
			}
		}
	}
}

func FuzzParseETags(f *testing.F) {
	for _, seed := range []string{`*`, `W/"1"`, `"1","2"`, `1, 2`, `"a,b"`, `W/`, `"`, `,`, ` `, `W/"1" x`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		tags, err := scim.ParseETags("If-Match", []string{line})
		if err == nil && tags.IsZero() {
			t.Errorf("%q: present, but read as absent", line)
		}
		again, err2 := scim.ParseETags("If-Match", []string{line, `W/"7"`})
		if err == nil && !tags.Any() && (err2 != nil || !again.Match(7)) {
			t.Errorf("%q and one more tag: %v", line, err2)
		}
	})
}
