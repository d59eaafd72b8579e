package scim

import (
	"net/http"
	"slices"
	"strings"
)

// Projection says which attributes of a resource a client is sent (RFC 7644
// section 3.9). Without one, every attribute is sent that is returned by
// default. It is immutable and may be used by several goroutines.
type Projection struct {
	resource *branch
	// requested and excluded are what the client named.
	requested, excluded []Path
}

// branch says which members of an object to keep. A nil branch keeps all.
type branch struct {
	others  bool               // keep the members that are not named here
	members map[string]*member // by name in lower case
}

type member struct {
	drop  bool
	value *branch // what to keep of the member; nil for all of it
}

// ParseProjection reads the parameters attributes and excludedAttributes: lists
// of attribute paths, each of which may hold several, separated by commas with
// or without spaces. Paths that lead to no attribute of the types are ignored,
// and the URN of a schema stands for those of its attributes that are returned by
// default. It returns nil when resources of the types are to be sent as they
// are, without those attributes that have to be asked for. Errors are *Error.
func ParseProjection(attributes, excludedAttributes []string, types ...*ResourceType) (*Projection, error) {
	requested, asked := pathsOf(attributes, types)
	excluded, alsoAsked := pathsOf(excludedAttributes, types)
	if asked && alsoAsked {
		return nil, Errorf(http.StatusBadRequest, InvalidValue, "attributes and excludedAttributes cannot be combined: send one of them.").WithCode(CodeUnsupported)
	}
	if len(types) == 0 || !asked && len(excluded) == 0 && !anyHidden(types) {
		return nil, nil
	}
	p := &Projection{resource: &branch{others: !asked, members: map[string]*member{}}, requested: requested, excluded: excluded}
	b := projectionBuilder{onlyRequested: asked, requested: requested, excluded: excluded}
	b.attributes(p.resource, nil, commonAttributes)
	for _, t := range types {
		b.attributes(p.resource, nil, t.Schema.Attributes)
		for _, extension := range t.Extensions {
			b.extension(p.resource, extension)
		}
	}
	return p, nil
}

// pathsOf returns what the names lead to, and whether there are any names.
func pathsOf(lists []string, types []*ResourceType) (paths []Path, given bool) {
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.TrimSpace(name)
			if name == "" {
				continue
			}
			given = true
			for _, t := range types {
				paths = append(paths, t.pathsNamed(name)...)
			}
		}
	}
	return paths, given
}

// pathsNamed returns the path with this name, or those of the attributes of the
// core schema when it is their URN, but for those that are sent only by name.
func (t *ResourceType) pathsNamed(name string) []Path {
	if path, ok := t.Lookup(name); ok {
		return []Path{path}
	}
	if !equalFold(name, t.Schema.ID) {
		return nil
	}
	var paths []Path
	for i := range t.Schema.Attributes {
		if a := &t.Schema.Attributes[i]; a.Returned != ReturnedRequest {
			paths = append(paths, Path{Attribute: a})
		}
	}
	return paths
}

// anyHidden says whether the types have attributes that are never returned.
func anyHidden(types []*ResourceType) bool {
	for _, t := range types {
		if hasHidden(t.Schema.Attributes) {
			return true
		}
		for _, extension := range t.Extensions {
			if hasHidden(extension.Attributes) {
				return true
			}
		}
	}
	return false
}

func hasHidden(attributes []Attribute) bool {
	for i := range attributes {
		a := &attributes[i]
		if a.Returned == ReturnedNever || hasHidden(a.SubAttributes) {
			return true
		}
	}
	return false
}

// projectionBuilder decides attribute by attribute.
type projectionBuilder struct {
	onlyRequested       bool
	requested, excluded []Path
}

func (b *projectionBuilder) extension(resource *branch, extension *Schema) {
	inside := &branch{others: !b.onlyRequested, members: map[string]*member{}}
	whole := names(b.requested, Path{Extension: extension})
	inner := *b
	if whole {
		inside.others = true
		inner.onlyRequested = false
	}
	inner.attributes(inside, extension, extension.Attributes)
	if names(b.excluded, Path{Extension: extension}) {
		inside.others = false
		inside.keepOnlyAlways(extension.Attributes)
	}
	resource.members[lowerString(extension.ID)] = inside.asMember()
}

func (b *projectionBuilder) attributes(into *branch, extension *Schema, attributes []Attribute) {
	for i := range attributes {
		a := &attributes[i]
		into.members[lowerString(a.Name)] = b.attribute(Path{Extension: extension, Attribute: a})
	}
}

func (b *projectionBuilder) attribute(path Path) *member {
	a := path.Attribute
	always := a.Returned == ReturnedAlways || path.Extension == nil && (a.Name == "schemas" || a.Name == "id")
	switch {
	case a.Returned == ReturnedNever:
		return &member{drop: true}
	case names(b.requested, path) || always:
		return b.values(path, !b.onlyRequested || names(b.requested, path) || len(b.requestedBelow(path)) == 0)
	case b.onlyRequested && len(b.requestedBelow(path)) > 0:
		return b.values(path, false)
	case b.onlyRequested || a.Returned == ReturnedRequest:
		return onlyAlways(a)
	case names(b.excluded, path):
		return onlyAlways(a)
	}
	return b.values(path, true)
}

// values decides what to keep of the values of an attribute that is kept. whole
// says that all sub-attributes are that are returned by default.
func (b *projectionBuilder) values(path Path, whole bool) *member {
	inside := &branch{others: whole, members: map[string]*member{}}
	for i := range path.Attribute.SubAttributes {
		sub := &path.Attribute.SubAttributes[i]
		path.SubAttribute = sub
		keep := sub.Returned == ReturnedAlways || sub.Returned != ReturnedNever &&
			(names(b.requested, path) || whole && sub.Returned != ReturnedRequest && !names(b.excluded, path))
		if keep != whole {
			inside.members[lowerString(sub.Name)] = &member{drop: !keep}
		}
	}
	if whole && len(inside.members) == 0 {
		return &member{}
	}
	return &member{value: inside}
}

// requestedBelow returns the sub-attributes of path's attribute that the client
// asked for.
func (b *projectionBuilder) requestedBelow(path Path) []Path {
	var below []Path
	for _, named := range b.requested {
		if named.SubAttribute != nil && named.Attribute == path.Attribute {
			below = append(below, named)
		}
	}
	return below
}

// names says whether the paths hold one.
func names(paths []Path, path Path) bool {
	for i := range paths {
		if paths[i] == path {
			return true
		}
	}
	return false
}

// onlyAlways keeps of an attribute what nothing can leave out.
func onlyAlways(a *Attribute) *member {
	inside := &branch{members: map[string]*member{}}
	for i := range a.SubAttributes {
		if a.SubAttributes[i].Returned == ReturnedAlways {
			inside.members[lowerString(a.SubAttributes[i].Name)] = &member{}
		}
	}
	return inside.asMember()
}

func (b *branch) keepOnlyAlways(attributes []Attribute) {
	for i := range attributes {
		if attributes[i].Returned != ReturnedAlways {
			b.members[lowerString(attributes[i].Name)] = onlyAlways(&attributes[i])
		}
	}
}

// asMember drops a branch that keeps nothing.
func (b *branch) asMember() *member {
	if b.others {
		return &member{value: b}
	}
	for _, m := range b.members {
		if !m.drop {
			return &member{value: b}
		}
	}
	return &member{drop: true}
}

// Keeps says whether any of the attribute at this path of one of the types is
// sent, so that what is not need not be read. A nil Projection keeps all.
func (p *Projection) Keeps(name string) bool {
	if p == nil {
		return true
	}
	m, ok := p.resource.members[lowerString(name)]
	if !ok {
		return p.resource.others
	}
	return !m.drop
}

// Asks says whether the client named the attribute at this path of one of the
// types, or a part of it, so that it is sent although it is not by default. A
// nil Projection asks for nothing.
func (p *Projection) Asks(name string) bool {
	return p != nil && slices.ContainsFunc(p.requested, func(path Path) bool {
		path.SubAttribute = nil
		return equalFold(path.String(), name)
	})
}

// Resource returns what is sent of a resource in JSON.
func (p *Projection) Resource(text []byte) ([]byte, error) {
	c := copier{scanner: scanner{text: text}, out: make([]byte, 0, len(text))}
	err := c.value(p.resource)
	return c.out, err
}

// List returns what is sent of a list response in JSON (RFC 7644 section
// 3.4.2).
func (p *Projection) List(text []byte) ([]byte, error) {
	c := copier{scanner: scanner{text: text}, out: make([]byte, 0, len(text))}
	list := &branch{others: true, members: map[string]*member{"resources": {value: p.resource}}}
	err := c.value(list)
	return c.out, err
}

// copier copies from JSON text what a branch keeps, without decoding the rest.
type copier struct {
	scanner
	out []byte
}

func (c *copier) value(b *branch) error {
	if b != nil {
		switch c.peek() {
		case '{':
			return c.copyObject(b)
		case '[':
			return c.copyArray(b)
		}
	}
	start := c.at
	if err := c.skip(); err != nil {
		return err
	}
	c.out = append(c.out, c.text[start:c.at]...)
	return nil
}

func (c *copier) copyObject(b *branch) error {
	c.out = append(c.out, '{')
	first := true
	err := c.object(func(name string) error {
		m, named := b.members[lowerString(name)]
		if !named && !b.others || named && m.drop {
			return c.skip()
		}
		before := len(c.out)
		if !first {
			c.out = append(c.out, ',')
		}
		c.out = append(append(append(c.out, '"'), name...), '"', ':') // names of attributes need no escapes
		var inside *branch
		if named {
			inside = m.value
		}
		value := len(c.out)
		if err := c.value(inside); err != nil {
			return err
		}
		if inside != nil && isEmpty(c.out[value:]) {
			c.out = c.out[:before] // nothing of it was asked for
		} else {
			first = false
		}
		return nil
	})
	c.out = append(c.out, '}')
	return err
}

func (c *copier) copyArray(b *branch) error {
	c.out = append(c.out, '[')
	err := c.array(func(index int) error {
		if index > 0 {
			c.out = append(c.out, ',')
		}
		return c.value(b)
	})
	c.out = append(c.out, ']')
	return err
}

func isEmpty(value []byte) bool { return string(value) == "{}" }
