// Package filter is the filter language of SCIM (RFC 7644 section 3.4.2.2) and
// the paths of PATCH that hold filters (section 3.5.2): lexer, parser, types
// checked against a schema, and evaluation. It knows no resource type, no HTTP
// handler and no store, and imports nothing but the standard library and
// package scim.
//
// Parse binds a filter to a resource type. Compile joins it with the Fields
// that read values from a Go type, so that matching a row builds nothing:
//
//	f, err := filter.Parse(text, roleResourceType, filter.Options{})
//	matcher := filter.Compile(f, roleFields)
//	if matcher.Match(&row) { … }
//
// Where RFC 7644 leaves a choice:
//
//   - An attribute that the schemas do not define is invalidFilter.
//   - A complex attribute without sub-attribute stands for its sub-attribute
//     value, as in the RFC's own emails co "example.com".
//   - A multi-valued attribute matches if any of its values does, with ne too:
//     emails ne "x" asks for an email that is not x. Nobody having x is
//     not (emails eq "x").
//   - ne is true where the attribute has no value; every other comparison is
//     false. eq null is true exactly where pr is not.
//   - The empty string is no value for pr.
//   - Substring operators are for strings and references alone, order operators
//     for those, numbers and dateTimes.
//   - Case is folded rune by rune (Unicode simple case folding). Normal forms
//     are not changed.
//   - What is compared behind brackets (Entra ID) is compared between them:
//     emails[type eq "work"].value eq "x" is
//     emails[type eq "work" and value eq "x"]. With ne too, a value must have
//     been selected.
//   - A string may follow its operator without a space, as it does in section
//     3.5.2.2, but not an attribute name.
package filter
