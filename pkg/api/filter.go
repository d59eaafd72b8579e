package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// filterOptions say what the surface accepts beyond the grammar of RFC 7644. Entra
// ID quotes booleans everywhere.
func (s *surface) filterOptions() filter.Options {
	return filter.Options{UnquotedStrings: s.looseFilters, RepeatedSpaces: s.looseFilters, QuotedBooleans: true}
}

// checkListed refuses a filter of what lists do not hold, which would match nothing.
func checkListed(f *filter.Filter, t *scim.ResourceType) error {
	for _, name := range f.Paths() {
		if path, ok := t.Lookup(name); ok && path.Attribute != nil && path.Attribute.Returned == scim.ReturnedRequest {
			return scim.Errorf(http.StatusBadRequest, scim.InvalidFilter,
				`%s is answered with one %s alone, so it cannot be compared. Users are found by roles.value eq "…".`, path, t.Name).WithCode(scim.CodeUnsupported)
		}
	}
	return nil
}

// checkAttributes refuses a filter with an attribute that none of the types
// has. The error is that of the first type, which names the position.
func checkAttributes(text string, options filter.Options, types []*scim.ResourceType) error {
	expression, err := filter.ParseExpr(text, options)
	if err != nil {
		return err
	}
	for _, path := range attributePaths(expression, "") {
		known := false
		for _, t := range types {
			found, ok := t.Lookup(path)
			known = known || ok && found.Attribute != nil
		}
		if !known {
			if _, err := filter.Parse(text, types[0], options); err != nil {
				return err
			}
		}
	}
	return nil
}

// attributePaths lists what a filter compares. Inside of brackets, names stand
// for sub-attributes of parent.
func attributePaths(e filter.Expr, parent string) []string {
	var paths []string
	switch e := e.(type) {
	case filter.And:
		for _, part := range e {
			paths = append(paths, attributePaths(part, parent)...)
		}
	case filter.Or:
		for _, part := range e {
			paths = append(paths, attributePaths(part, parent)...)
		}
	case *filter.Not:
		paths = attributePaths(e.X, parent)
	case *filter.ValuePath:
		paths = attributePaths(e.Filter, e.Path+".")
	case *filter.Comparison:
		paths = []string{parent + e.Path}
	}
	return paths
}
