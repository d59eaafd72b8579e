package trace

import "strings"

// header is what a trace header of X-Ray says of a sampled invocation.
type header struct {
	root   string // the trace's id
	parent string // the segment's, which Lambda writes for the function
}

// parseHeader reads a header such as
// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".
// Of one that is not sampled, or malformed, it reports false.
func parseHeader(text string) (h header, sampled bool) {
	for field := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Root":
			h.root = value
		case "Parent":
			h.parent = value
		case "Sampled":
			sampled = value == "1"
		}
	}
	if !sampled || !isTraceID(h.root) || !isHex(h.parent, 16) {
		return header{}, false
	}
	return h, true
}

// isTraceID recognizes 1, 8 digits of time and 24 at random, with hyphens between.
func isTraceID(id string) bool {
	return len(id) == 35 && id[:2] == "1-" && isHex(id[2:10], 8) && id[10] == '-' && isHex(id[11:], 24)
}

func isHex(s string, digits int) bool {
	return len(s) == digits && strings.Trim(s, "0123456789abcdef") == ""
}
