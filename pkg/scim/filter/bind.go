package filter

import "github.com/rolecall/rolecall/pkg/scim"

// Filter is a filter whose names and types have been checked against a
// resource type. It is immutable and may be used by several goroutines.
type Filter struct {
	root  node
	paths []scim.Path // by node.slot
}

// Parse reads a filter for resources of a type (RFC 7644 section 3.4.2.2).
// Errors are *scim.Error with scimType invalidFilter that name the character,
// from 1, and what is expected there.
func Parse(text string, resourceType *scim.ResourceType, options Options) (*Filter, error) {
	p := newParser(text, options, "filter", scim.InvalidFilter)
	e, err := p.filter()
	if err != nil {
		return nil, err
	}
	b := binder{parser: p, resourceType: resourceType}
	root, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, paths: b.paths}, nil
}

// String writes the filter in canonical form: names as the schema spells them,
// without the URN of the core schema. Filters with the same canonical form ask
// for the same.
func (f *Filter) String() string { return f.root.expr.String() }

// Paths returns the attributes that the filter reads, in the form of the keys
// of Fields.
func (f *Filter) Paths() []string {
	names := make([]string, len(f.paths))
	for i := range f.paths {
		names[i] = f.paths[i].String()
	}
	return names
}

// node is a part of a bound filter.
type node struct {
	kind     nodeKind
	parts    []node // of and, or, not, valuePath
	slot     int    // of comparison, valuePath
	op       Op
	exact    bool // case counts
	value    Value
	pattern  pattern // the value, when case does not count
	original Literal // for push-down
	expr     Expr    // canonical
}

type nodeKind uint8

const (
	comparisonNode nodeKind = iota
	andNode
	orNode
	notNode
	valuePathNode
	absentNode // compares an attribute that no row has
)

type binder struct {
	*parser
	resourceType *scim.ResourceType
	paths        []scim.Path
	parent       *scim.Path // of what stands between brackets
}

func (b *binder) bind(e Expr) (node, error) {
	switch e := e.(type) {
	case And:
		parts, exprs, err := b.parts(e)
		return node{kind: andNode, parts: parts, expr: And(exprs)}, err
	case Or:
		parts, exprs, err := b.parts(e)
		return node{kind: orNode, parts: parts, expr: Or(exprs)}, err
	case *Not:
		part, err := b.bind(e.X)
		return node{kind: notNode, parts: []node{part}, expr: &Not{X: part.expr}}, err
	case *ValuePath:
		return b.valuePath(e)
	}
	return b.comparison(e.(*Comparison))
}

func (b *binder) parts(list []Expr) ([]node, []Expr, error) {
	parts, exprs := make([]node, len(list)), make([]Expr, len(list))
	for i, e := range list {
		part, err := b.bind(e)
		if err != nil {
			return nil, nil, err
		}
		parts[i], exprs[i] = part, part.expr
	}
	return parts, exprs, nil
}

func (b *binder) valuePath(e *ValuePath) (node, error) {
	if b.isForeign(e.Path) {
		return absentValue(Present, e), nil
	}
	path, err := b.path(e.Path, e.at.path)
	if err != nil {
		return node{}, err
	}
	if !selectable(path) {
		return node{}, b.failAt(e.at.path, "%s has no values that brackets could select among: compare it without brackets", path)
	}
	b.parent = &path
	part, err := b.bind(e.Filter)
	b.parent = nil
	if err != nil {
		return node{}, err
	}
	return node{kind: valuePathNode, slot: b.slot(path), parts: []node{part}, expr: &ValuePath{Path: path.String(), Filter: part.expr}}, nil
}

// selectable says whether brackets can stand behind a path.
func selectable(path scim.Path) bool {
	return path.SubAttribute == nil && (path.Attribute.MultiValued || path.Attribute.Type == scim.Complex)
}

// path looks up an attribute, or between brackets a sub-attribute.
func (b *binder) path(name string, at int) (scim.Path, error) {
	if b.parent != nil {
		return b.subPath(name, at)
	}
	path, ok := lookup(b.resourceType, name)
	if !ok {
		return path, b.failAt(at, "a %s has no attribute %q", b.resourceType.Name, shorten(name))
	}
	if path.Attribute == nil {
		return path, b.failAt(at, "%s is a schema: expected one of its attributes, as in %s:%s", path, path, exampleOf(path.Extension))
	}
	return path, b.readable(path, at)
}

func exampleOf(schema *scim.Schema) string {
	if len(schema.Attributes) == 0 {
		return "attribute"
	}
	return schema.Attributes[0].Name
}

// lookup finds an attribute. The values of a multi-valued attribute that is
// not complex can be called value (RFC 7643 section 2.4).
func lookup(t *scim.ResourceType, name string) (scim.Path, bool) {
	path, ok := t.Lookup(name)
	if ok {
		return path, true
	}
	if rest := len(name) - len(".value"); rest > 0 && scim.EqualNames(name[rest:], ".value") {
		path, ok = t.Lookup(name[:rest])
		return path, ok && isSimpleMultiValued(path)
	}
	return path, false
}

func isSimpleMultiValued(path scim.Path) bool {
	a := path.Attribute
	return a != nil && path.SubAttribute == nil && a.MultiValued && a.Type != scim.Complex
}

func (b *binder) subPath(name string, at int) (scim.Path, error) {
	path := *b.parent
	if isSimpleMultiValued(path) && scim.EqualNames(name, "value") {
		return path, nil
	}
	path.SubAttribute = path.Attribute.SubAttribute(name)
	if path.SubAttribute == nil {
		return path, b.failAt(at, "%s has no sub-attribute %q", b.parent, shorten(name))
	}
	return path, b.readable(path, at)
}

// readable keeps clients from guessing at what they may not read (RFC 7643
// section 7, returned).
func (b *binder) readable(path scim.Path, at int) error {
	for _, a := range []*scim.Attribute{path.Attribute, path.SubAttribute} {
		if a != nil && (a.Returned == scim.ReturnedNever || a.Mutability == scim.WriteOnly) {
			return b.failAt(at, "%s is never returned, so it cannot be compared either", path)
		}
	}
	return nil
}

func (b *binder) slot(path scim.Path) int {
	for i := range b.paths {
		if b.paths[i] == path {
			return i
		}
	}
	b.paths = append(b.paths, path)
	return len(b.paths) - 1
}

func (b *binder) comparison(e *Comparison) (node, error) {
	if b.isForeign(e.Path) {
		if e.Value.Kind == NullLiteral && e.Op == Equal {
			return absentValue(NotEqual, e), nil // true, as of any attribute without a value
		}
		if e.Value.Kind == NullLiteral {
			return absentValue(Present, e), nil
		}
		return absentValue(e.Op, e), nil
	}
	path, err := b.path(e.Path, e.at.path)
	if err != nil {
		return node{}, err
	}
	if e.Value.Kind == NullLiteral {
		return b.null(e, path)
	}
	if path.Last().Type == scim.Complex && e.Op != Present {
		if path.SubAttribute = path.Attribute.SubAttribute("value"); path.SubAttribute == nil {
			if b.options.AcrossTypes {
				return absentValue(e.Op, e), nil
			}
			return node{}, b.failAt(e.at.path, "%s is complex: expected one of its sub-attributes, as in %s.%s", path, path, path.Attribute.SubAttributes[0].Name)
		}
		if err := b.readable(path, e.at.path); err != nil {
			return node{}, err
		}
	}
	n := node{kind: comparisonNode, op: e.Op, exact: path.Last().CaseExact, original: e.Value}
	if e.Op != Present {
		if err := b.value(&n, e, path); err != nil {
			return node{}, err
		}
	}
	n.slot = b.slot(path)
	n.expr = &Comparison{Path: b.name(path), Op: e.Op, Value: n.original}
	return n, nil
}

// isForeign says whether an attribute is one of another resource type.
func (b *binder) isForeign(name string) bool {
	if !b.options.AcrossTypes {
		return false
	}
	if b.parent != nil {
		return b.parent.Attribute.SubAttribute(name) == nil && !isSimpleMultiValued(*b.parent)
	}
	path, ok := lookup(b.resourceType, name)
	return !ok || path.Attribute == nil
}

// absentValue compares an attribute that never has a value.
func absentValue(op Op, e Expr) node { return node{kind: absentNode, op: op, expr: e} }

// name writes a path as it stands in the canonical form.
func (b *binder) name(path scim.Path) string {
	switch {
	case b.parent == nil:
		return path.String()
	case path.SubAttribute == nil:
		return "value"
	}
	return path.SubAttribute.Name
}

// null makes eq null the contrary of pr, and ne null the same as pr.
func (b *binder) null(e *Comparison, path scim.Path) (node, error) {
	if e.Op != Equal && e.Op != NotEqual {
		return node{}, b.failAt(e.at.op, "null can be compared with eq and ne only, but %s came", e.Op)
	}
	pr := node{kind: comparisonNode, op: Present, slot: b.slot(path), expr: &Comparison{Path: b.name(path), Op: Present}}
	if e.Op == NotEqual {
		return pr, nil
	}
	return node{kind: notNode, parts: []node{pr}, expr: &Not{X: pr.expr}}, nil
}
