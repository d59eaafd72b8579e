package trace

import (
	"regexp"
	"strings"
	"testing"
)

const (
	root   = "1-5759e988-bd862e3fe1be46a994272793"
	parent = "53995c3f42cd8ad8"
)

func TestParseHeader(t *testing.T) {
	t.Parallel()
	for text, sampled := range map[string]bool{
		"Root=" + root + ";Parent=" + parent + ";Sampled=1":                                          true,
		"Sampled=1; Parent=" + parent + "; Root=" + root:                                             true,
		"Root=" + root + ";Parent=" + parent + ";Sampled=1;Lineage=1:a87bd80c:1|2":                   true,
		"Self=1-67891233-abcdef012345678912345678;Root=" + root + ";Parent=" + parent + ";Sampled=1": true,

		"": false,
		"Root=" + root + ";Parent=" + parent + ";Sampled=0":                                   false,
		"Root=" + root + ";Parent=" + parent + ";Sampled=?":                                   false,
		"Root=" + root + ";Parent=" + parent:                                                  false,
		"Root=" + root + ";Sampled=1":                                                         false,
		"Parent=" + parent + ";Sampled=1":                                                     false,
		"Root=" + root + ";Parent=53995c3f42cd8ad;Sampled=1":                                  false,
		"Root=" + root + ";Parent=" + strings.ToUpper(parent) + ";Sampled=1":                  false,
		"Root=2" + root[1:] + ";Parent=" + parent + ";Sampled=1":                              false,
		"Root=1-5759e98-8bd862e3fe1be46a994272793;Parent=" + parent + ";Sampled=1":            false,
		"Root=1-5759e988-bd862e3fe1be46a99427279\";Parent=" + parent + ";Sampled=1":           false,
		"root=" + root + ";parent=" + parent + ";sampled=1":                                   false,
		strings.Repeat("Root="+root+";", 1000) + "Parent=" + parent[:15] + ";Sampled=1;;=;;x": false,
	} {
		h, got := parseHeader(text)
		if got != sampled || sampled && (h != header{root, parent}) || !sampled && h != (header{}) {
			t.Errorf("%.100q: %+v, %t", text, h, got)
		}
	}
}

var (
	traceID   = regexp.MustCompile(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`)
	segmentID = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

func FuzzParseHeader(f *testing.F) {
	f.Add("Root=" + root + ";Parent=" + parent + ";Sampled=1")
	f.Add("Root=" + root + ";Parent=" + parent + ";Sampled=0;Lineage=a:b")
	f.Add("Sampled=1; =;Root;Parent==")
	f.Fuzz(func(t *testing.T, text string) {
		h, sampled := parseHeader(text)
		if !sampled && h == (header{}) {
			return
		}
		if !sampled || !traceID.MatchString(h.root) || !segmentID.MatchString(h.parent) || !strings.Contains(text, "Sampled=1") || !strings.Contains(text, "Root="+h.root) {
			t.Errorf("%q: %+v, %t", text, h, sampled)
		}
	})
}
