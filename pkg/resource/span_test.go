package resource_test

import (
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
)

func TestSpan(t *testing.T) {
	ids := []string{"-", ".x", "0", "A", "A-", "A.", "A0", "AA", "AZ", "A_", "Aa", "Az", "B", "_", "a", "zz"}
	for _, test := range []struct {
		span resource.Span
		want []string
	}{
		{resource.Span{}, ids},
		{resource.Span{}.Behind(""), ids},
		{resource.Span{}.Behind("Az"), []string{"B", "_", "a", "zz"}},
		{resource.Span{}.WithPrefix("A"), []string{"A", "A-", "A.", "A0", "AA", "AZ", "A_", "Aa", "Az"}},
		{resource.Span{}.WithPrefix("A").Behind("A_"), []string{"Aa", "Az"}},
		{resource.Span{}.WithPrefix("A").UpTo("AA"), []string{"A", "A-", "A.", "A0", "AA"}},
		{resource.Span{}.WithPrefix("A").UpTo("z"), []string{"A", "A-", "A.", "A0", "AA", "AZ", "A_", "Aa", "Az"}},
		{resource.Span{From: "B"}.WithPrefix("A"), nil},
		{resource.Span{}.WithPrefix(""), ids},
	} {
		var got []string
		for _, id := range ids {
			if id >= test.span.From && (test.span.To == "" || id <= test.span.To) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, test.want) || test.span.IsEmpty() != (test.want == nil) {
			t.Errorf("%+v holds %v, want %v", test.span, got, test.want)
		}
	}
}
