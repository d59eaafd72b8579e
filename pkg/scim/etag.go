package scim

import (
	"net/http"
	"strconv"
	"strings"
)

// FormatETag returns the entity tag of a version: W/"1" (RFC 7644 section
// 3.14).
func FormatETag(version int64) string {
	b := make([]byte, 0, 24)
	b = append(b, `W/"`...)
	b = strconv.AppendInt(b, version, 10)
	return string(append(b, '"'))
}

// ETags is the value of If-Match or If-None-Match (RFC 9110 sections 13.1.1
// and 13.1.2). The zero value is an absent header.
type ETags struct {
	any  bool
	tags []string // what stands between the quotes
}

// ParseETags reads all lines of the header If-Match or If-None-Match. A bare
// number is taken for a tag, because HID clients know a version as "1". The
// error is an *Error.
func ParseETags(header string, lines []string) (ETags, error) {
	if len(lines) == 0 {
		return ETags{}, nil
	}
	rest := strings.Trim(strings.Join(lines, ","), " \t,")
	if rest == "*" {
		return ETags{any: true}, nil
	}
	var tags ETags
	for rest != "" {
		tag, after, ok := cutTag(rest)
		if !ok {
			return ETags{}, malformedETag(header)
		}
		tags.tags = append(tags.tags, tag)
		rest = strings.TrimLeft(after, " \t,")
	}
	if len(tags.tags) == 0 {
		return ETags{}, malformedETag(header)
	}
	return tags, nil
}

// cutTag takes the first tag off a list.
func cutTag(list string) (tag, after string, ok bool) {
	if list[0] != '"' && !strings.HasPrefix(list, `W/"`) {
		tag, after, _ = strings.Cut(list, ",")
		tag = strings.TrimRight(tag, " \t")
		return tag, after, isDigits(tag)
	}
	tag, after, ok = strings.Cut(list[strings.IndexByte(list, '"')+1:], `"`)
	after = strings.TrimLeft(after, " \t")
	return tag, after, ok && isTag(tag) && (after == "" || after[0] == ',')
}

func isTag(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func malformedETag(header string) *Error {
	return Errorf(http.StatusBadRequest, InvalidValue,
		`The header %s cannot be read: send the ETag of an earlier response, such as W/"1", several of them separated by commas, or *.`, header).WithCode(CodeBadFormat)
}

// IsZero reports whether the header was absent.
func (t ETags) IsZero() bool { return !t.any && len(t.tags) == 0 }

// Any reports whether the header was *.
func (t ETags) Any() bool { return t.any }

// Match reports whether the header names version or is *. Tags are compared
// weakly, as RFC 7644 section 3.14 asks for weak tags in If-Match.
func (t ETags) Match(version int64) bool {
	if t.any {
		return true
	}
	var buffer [20]byte
	want := strconv.AppendInt(buffer[:0], version, 10)
	for _, tag := range t.tags {
		if tag == string(want) {
			return true
		}
	}
	return false
}
