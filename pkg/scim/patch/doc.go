// Package patch is the PATCH of SCIM (RFC 7644 section 3.5.2) as a pure
// function from a resource and a request to a new resource. It knows no
// resource type, no HTTP handler and no store, and imports nothing but the
// standard library and the packages scim and filter.
//
//	request, err := patch.Decode(body, patch.Options{})
//	result, changed, err := patch.Apply(object, request, roleResourceType, patch.Options{})
//
// Where RFC 7644 leaves a choice:
//
//   - A path to an unknown attribute is invalidPath. Without a path, unknown and
//     readOnly attributes of the value are ignored, as in any body.
//   - A path to a readOnly attribute is mutability, whatever the value.
//   - Immutable attributes can be given a first value, and the value they have.
//   - null, and the empty array, leave an attribute unassigned. Added to a
//     multi-valued attribute they change nothing.
//   - A required attribute cannot become unassigned, not even between two
//     operations: mutability.
//   - Two values of a multi-valued attribute are the same if their
//     sub-attributes value and type are (RFC 7643 section 2.4), or if one of
//     them has no type. Adding one that is there adds its other
//     sub-attributes to it. Values without value are the same if all else is.
//   - replace with a filter replaces the selected values whole: sub-attributes
//     that are not sent are gone, except readOnly ones.
//   - remove with a filter that selects nothing is noTarget, as RFC 7644 table 9
//     says, unless Options.MissingIsRemoved.
//   - add with a filter that selects nothing adds a value with what the filter
//     asks for by eq, and is noTarget if the filter asks for anything else.
//   - A sub-attribute of a multi-valued attribute without a filter is that of
//     all its values.
//   - The attribute schemas follows from what the resource holds. Writing the
//     URNs of the resource type to it is accepted and changes nothing.
//
// Habits of Entra ID and SailPoint that are accepted:
//
//   - op in any case; operations for Operations; "True" and "False" for
//     booleans, in filters too; any white space in paths.
//   - For complex attributes, a string in place of the object stands for its
//     sub-attribute value, and a JSON document in a string for the document; in
//     the sub-attribute value of one of several values too.
//   - A single value in place of an array.
//   - Without a path, names with a dot or with a filter.
//   - remove with a path and an array of values takes just these away.
//   - Of attributes that are Lenient: replace with a filter that selects nothing is
//     like add, and removing the required sub-attribute value, as Entra ID does
//     for emails[type eq "work"].value, removes the values, if there are any.
package patch
