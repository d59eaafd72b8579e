package scim

import "strings"

// Path is an attribute path that leads to a definition (RFC 7644 section
// 3.10).
type Path struct {
	Extension    *Schema    // nil when the attribute is of the core schema or common to all resources
	Attribute    *Attribute // nil when the path is the URN of the extension alone
	SubAttribute *Attribute // nil when the path ends at the attribute
}

// String writes the path as the schema spells it, without the URN of the core
// schema.
func (p Path) String() string {
	name := ""
	if p.Extension != nil {
		name = p.Extension.ID
	}
	if p.Attribute != nil {
		if name != "" {
			name += ":"
		}
		name += p.Attribute.Name
	}
	if p.SubAttribute != nil {
		name += "." + p.SubAttribute.Name
	}
	return name
}

// Last returns the definition that the path ends at: the sub-attribute if it
// names one, otherwise the attribute.
func (p Path) Last() *Attribute {
	if p.SubAttribute != nil {
		return p.SubAttribute
	}
	return p.Attribute
}

// Lookup returns what an attribute path such as "emails.value" or
// "urn:...:Role:name" leads to, in any case. Attributes of an extension are
// found only with its URN in front (RFC 7644 section 3.10).
func (t *ResourceType) Lookup(path string) (Path, bool) {
	if rest, ok := cutURN(path, t.Schema.ID); ok {
		if found, ok := lookup(nil, t.Schema.Attributes, rest); ok {
			return found, true
		}
	}
	for _, extension := range t.Extensions {
		rest, ok := cutURN(path, extension.ID)
		if ok && rest == "" {
			return Path{Extension: extension}, true
		}
		if found, known := lookup(extension, extension.Attributes, rest); ok && known {
			return found, true
		}
	}
	if found, ok := lookup(nil, t.Schema.Attributes, path); ok {
		return found, true
	}
	return lookup(nil, commonAttributes, path)
}

// cutURN takes a URN, and the colon behind it, from the front of a path. The
// URN alone leaves the empty string.
func cutURN(path, urn string) (rest string, ok bool) {
	if len(path) < len(urn) || !equalFold(path[:len(urn)], urn) {
		return "", false
	}
	if len(path) == len(urn) {
		return "", true
	}
	rest, ok = strings.CutPrefix(path[len(urn):], ":")
	return rest, ok && rest != ""
}

func lookup(extension *Schema, attributes []Attribute, path string) (Path, bool) {
	name, subName, hasSub := strings.Cut(path, ".")
	attribute := findAttribute(attributes, name)
	if attribute == nil {
		return Path{}, false
	}
	if !hasSub {
		return Path{Extension: extension, Attribute: attribute}, true
	}
	sub := findAttribute(attribute.SubAttributes, subName)
	return Path{Extension: extension, Attribute: attribute, SubAttribute: sub}, sub != nil
}

// SubAttribute returns the definition of a sub-attribute, in any case, nil if
// there is none.
func (a *Attribute) SubAttribute(name string) *Attribute { return findAttribute(a.SubAttributes, name) }

// commonAttributes are those of every resource (RFC 7643 section 3.1).
var commonAttributes = []Attribute{
	{Name: "schemas", Type: Reference, MultiValued: true, Required: true},
	{Name: "id", Type: String, CaseExact: true, Mutability: ReadOnly},
	{Name: "externalId", Type: String, CaseExact: true},
	{Name: "meta", Type: Complex, Mutability: ReadOnly, SubAttributes: []Attribute{
		{Name: "resourceType", Type: String, CaseExact: true, Mutability: ReadOnly},
		{Name: "created", Type: DateTime, Mutability: ReadOnly},
		{Name: "lastModified", Type: DateTime, Mutability: ReadOnly},
		{Name: "location", Type: Reference, CaseExact: true, Mutability: ReadOnly},
		{Name: "version", Type: String, CaseExact: true, Mutability: ReadOnly},
	}},
}

// EqualNames compares attribute names or URNs without regard to the case of
// ASCII letters (RFC 7643 section 2.1).
func EqualNames(a, b string) bool { return equalFold(a, b) }
