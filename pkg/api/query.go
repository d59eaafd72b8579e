package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// checkAPIVersion checks the parameter api-version, which every operation
// knows and none depends on (HID).
func checkAPIVersion(query url.Values) error {
	for _, version := range query["api-version"] {
		if !validAPIVersion(version) {
			return scim.Errorf(http.StatusBadRequest, scim.InvalidValue,
				"api-version must be a positive whole number or a dotted number such as 10 or 10.1: leave it out for the current version, 10.").WithCode(scim.CodeBadFormat)
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
