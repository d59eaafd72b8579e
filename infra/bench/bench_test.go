package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, test := range []struct {
		samples []time.Duration
		p       float64
		want    time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 0, 7},
		{[]time.Duration{7}, 99, 7},
		{[]time.Duration{3, 1, 2}, 50, 2},
		{[]time.Duration{4, 1, 3, 2}, 50, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
	} {
		if got := percentile(test.samples, test.p); got != test.want {
			t.Errorf("percentile(%v, %v) = %d, want %d", test.samples, test.p, got, test.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("percentile reorders its samples")
	}
}

func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, test := range []struct {
		name  string
		bound bound
		err   error
		want  int
	}{
		{"by requests", bound{requests: 100, time: time.Hour}, nil, 100},
		{"by time", bound{requests: 100, time: 0}, nil, enough},
		{"when all fail", bound{requests: 50, time: time.Hour}, broken, 50},
	} {
		r := load(t.Context(), 4, test.bound, func(context.Context) error { return test.err })
		if len(r.took)+r.failed != test.want || (r.failed > 0) != (test.err != nil) || !errors.Is(r.first, test.err) {
			t.Errorf("%s: %d answered, %d failed, first error %v; want %d requests", test.name, len(r.took), r.failed, r.first, test.want)
		}
	}
}

func TestPeakOf(t *testing.T) {
	t.Parallel()
	if got := peakOf("Name:\tget-role\nVmPeak:\t 1234567 kB\nVmHWM:\t   21516 kB\nVmRSS:\t   20000 kB\n"); got != 21516 {
		t.Errorf("got %d", got)
	}
	if got := peakOf("Name:\tkthread\n"); got != 0 {
		t.Errorf("got %d", got)
	}
}
