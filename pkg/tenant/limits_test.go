package tenant_test

import (
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestParseLimits(t *testing.T) {
	for text, want := range map[string]tenant.Limits{
		"1000/100s":     tenant.DefaultLimits,
		"1/1s":          {Requests: 1, Window: time.Second},
		"1000000/3600s": {Requests: 1_000_000, Window: time.Hour},
	} {
		if got, err := tenant.ParseLimits(text); got != want || err != nil {
			t.Errorf("ParseLimits(%q) = %v, %v", text, got, err)
		}
		if want.String() != text {
			t.Errorf("%v is written %q", want, want.String())
		}
	}
	for _, text := range []string{
		"", "/", "1000", "1000/", "/100s", "1000/100", "1000/100S", "1000/100ss", " 1000/100s", "1000/100s\n", "1000/100s/1s",
		"0/100s", "-1/100s", "+1/100s", "01/100s", "1e3/100s", "1000001/100s", "99999999999999999999/1s",
		"1000/0s", "1000/3601s", "1000/1.5s", "1000/-1s", "1000/1h", "1000/18446744074s", "1000/9223372036854775807s",
	} {
		if got, err := tenant.ParseLimits(text); err == nil || got != (tenant.Limits{}) {
			t.Errorf("ParseLimits(%q) = %v, %v", text, got, err)
		}
	}
}

func TestValidateLimits(t *testing.T) {
	for _, l := range []tenant.Limits{
		{}, {Requests: 1}, {Window: time.Second}, {Requests: 1, Window: time.Millisecond}, {Requests: 1, Window: 1500 * time.Millisecond},
		{Requests: 1, Window: time.Hour + time.Second}, {Requests: 1_000_001, Window: time.Second}, {Requests: -1, Window: -time.Second},
	} {
		if l.Validate() == nil {
			t.Errorf("%+v is valid", l)
		}
	}
	if err := tenant.DefaultLimits.Validate(); err != nil {
		t.Error(err)
	}
}

func TestLimitsOrDefault(t *testing.T) {
	if got := (tenant.Limits{}).OrDefault(); got != tenant.DefaultLimits {
		t.Errorf("no limits are %v", got)
	}
	own := tenant.Limits{Requests: 7, Window: time.Second}
	if got := own.OrDefault(); got != own {
		t.Errorf("%v are %v", own, got)
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add("1000/100s")
	f.Add("1/18446744074s")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := tenant.ParseLimits(text)
		if err == nil && (l.String() != text || l.Validate() != nil) {
			t.Errorf("ParseLimits(%q) = %+v", text, l)
		}
	})
}
