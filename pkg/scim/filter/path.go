package filter

import (
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// Path is the target of a PATCH operation (RFC 7644 figure 7).
type Path struct {
	scim.Path
	elements *Matcher[any] // nil without a filter
	root     *node
}

// ParsePath reads the path of a PATCH operation on resources of a type. The
// URN of an extension alone is a path to all of it. Errors are *scim.Error with
// scimType invalidPath, or invalidFilter for what stands between brackets.
func ParsePath(text string, resourceType *scim.ResourceType, options Options) (*Path, error) {
	p := newParser(text, options, "path", scim.InvalidPath)
	if err := p.start(); err != nil {
		return nil, err
	}
	name := p.token
	if name.kind != wordToken || !isAttributePath(name.text) {
		return nil, p.unexpected("an attribute name")
	}
	b := binder{parser: p, resourceType: resourceType}
	path, ok := lookup(resourceType, name.text)
	if !ok {
		return nil, p.fail(name.start, "a %s has no attribute %q", resourceType.Name, shorten(name.text))
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == openBracket {
		return b.pathWithFilter(path, name)
	}
	if p.token.kind != endToken {
		return nil, p.unexpected("[ or the end of the path")
	}
	return &Path{Path: path}, nil
}

func (b *binder) pathWithFilter(path scim.Path, name token) (*Path, error) {
	if path.Attribute == nil || path.SubAttribute != nil || !path.Attribute.MultiValued {
		return nil, b.fail(name.start, "%s is not multi-valued: send the path without brackets", path)
	}
	e, err := b.brackets()
	if err != nil {
		return nil, err
	}
	if path.SubAttribute, err = b.trailingSubAttribute(path); err != nil {
		return nil, err
	}
	parent := path
	parent.SubAttribute = nil
	b.parent, b.wrong = &parent, scim.InvalidFilter
	root, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	return &Path{Path: path, root: &root, elements: compile(&root, b.paths, elementField)}, nil
}

// trailingSubAttribute reads what may stand behind the brackets.
func (b *binder) trailingSubAttribute(path scim.Path) (*scim.Attribute, error) {
	if b.token.kind == endToken {
		return nil, nil
	}
	subName, ok := strings.CutPrefix(b.token.text, ".")
	if b.token.kind != wordToken || !ok || !isAttributeName(subName) {
		return nil, b.unexpected("a dot and the name of a sub-attribute, or the end of the path")
	}
	sub := path.Attribute.SubAttribute(subName)
	if sub == nil && !(isSimpleMultiValued(path) && scim.EqualNames(subName, "value")) {
		return nil, b.fail(b.token.start, "%s has no sub-attribute %q", path, shorten(subName))
	}
	if err := b.advance(); err != nil {
		return nil, err
	}
	if b.token.kind != endToken {
		return nil, b.unexpected("the end of the path")
	}
	return sub, nil
}

// HasFilter says whether the path selects among the values of its attribute.
func (p *Path) HasFilter() bool { return p.elements != nil }

// Selects says whether a value of the attribute meets the filter of the path.
func (p *Path) Selects(value any) bool { return p.elements.Match(&value) }

// Implied returns the sub-attributes that every selected value has because the
// filter asks for them by eq, joined by and if there are several. ok is false
// when the filter asks for anything else.
func (p *Path) Implied() (implied scim.Object, ok bool) {
	implied = scim.Object{}
	for _, n := range p.root.conjuncts() {
		comparison, isComparison := n.expr.(*Comparison)
		if !isComparison || n.op != Equal {
			return nil, false
		}
		sub := p.Attribute.SubAttribute(comparison.Path)
		if sub == nil {
			return nil, false
		}
		if _, twice := implied[sub.Name]; twice {
			return nil, false
		}
		implied[sub.Name] = n.literalValue()
	}
	return implied, true
}

func (n *node) literalValue() any {
	switch n.value.kind {
	case boolean:
		return n.value.bits == 1
	case integer:
		return n.value.bits
	case float:
		return n.value.float()
	}
	return n.original.Text
}

func (n *node) conjuncts() []node {
	if n.kind == andNode {
		return n.parts
	}
	return []node{*n}
}
