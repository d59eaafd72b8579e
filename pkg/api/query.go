package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// checkQuery checks the parameters that every operation knows, and refuses
// those whose being ignored would mislead.
func checkQuery(query url.Values) error {
	if len(query) == 0 {
		return nil
	}
	for _, version := range query["api-version"] {
		if !validAPIVersion(version) {
			return scim.Errorf(http.StatusBadRequest, scim.InvalidValue,
				"api-version must be a positive whole number or a dotted number such as 10 or 10.1: leave it out for the current version, 10.").WithCode(scim.CodeBadFormat)
		}
	}
	for _, name := range []string{"attributes", "excludedAttributes"} {
		if query.Has(name) {
			return scim.Errorf(http.StatusBadRequest, scim.InvalidValue,
				"The parameter %s is not supported: leave it out to get whole resources.", name).WithCode(scim.CodeUnsupported)
		}
	}
	return nil
}

// validAPIVersion accepts 10 and 10.1 (HID). The first part counts, and may
// not be zero.
func validAPIVersion(version string) bool {
	for part := range strings.SplitSeq(version, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	first, _, _ := strings.Cut(version, ".")
	return strings.Trim(first, "0") != ""
}

// intParameter returns a whole number. Numbers beyond the range of int become
// its ends.
func intParameter(query url.Values, name string) (value int, given bool, err error) {
	values := query[name]
	if len(values) == 0 {
		return 0, false, nil
	}
	value, err = strconv.Atoi(values[0])
	if len(values) > 1 || err != nil && !isRangeError(err) {
		return 0, true, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "%s must be one whole number, such as 100.", name).WithCode(scim.CodeBadFormat)
	}
	return value, true, nil
}

func isRangeError(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}
