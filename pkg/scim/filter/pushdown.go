package filter

import (
	"slices"

	"github.com/rolecall/rolecall/pkg/scim"
)

// Equality finds a string that the attribute at path must equal for the filter
// to hold, so that a store can look it up by key. rest is what remains to be
// evaluated, nil if nothing does; it relies on a lookup that compares as
// caseExact of the attribute says, and otherwise the whole filter can be
// evaluated again. path is written as in the keys of Fields, and
// multi-valued attributes have no Equality.
func (f *Filter) Equality(path string) (value string, rest *Filter, ok bool) {
	return f.extract(path, Equal)
}

// Prefix is like Equality for a string that the attribute must start with.
func (f *Filter) Prefix(path string) (prefix string, rest *Filter, ok bool) {
	return f.extract(path, StartsWith)
}

// Bound is like Equality for a string that the attribute must be greater or
// less than, or equal to, as op says. The whole filter remains to be evaluated.
func (f *Filter) Bound(path string, op Op) (value string, ok bool) {
	value, _, ok = f.extract(path, op)
	return value, ok
}

func (f *Filter) extract(path string, op Op) (value string, rest *Filter, ok bool) {
	if f == nil {
		return "", nil, false
	}
	parts := f.root.conjuncts()
	for i := range parts {
		n := &parts[i]
		if n.kind == comparisonNode && n.op == op && n.value.kind == text && f.leadsTo(n.slot, path) {
			return n.value.text, f.without(parts, i), true
		}
	}
	return "", nil, false
}

func (f *Filter) leadsTo(slot int, path string) bool {
	p := f.paths[slot]
	return !p.Attribute.MultiValued && (p.SubAttribute == nil || !p.SubAttribute.MultiValued) && scim.EqualNames(p.String(), path)
}

// without returns the conjunction of all parts but one.
func (f *Filter) without(parts []node, index int) *Filter {
	left := slices.Delete(slices.Clone(parts), index, index+1)
	switch len(left) {
	case 0:
		return nil
	case 1:
		return &Filter{root: left[0], paths: f.paths}
	}
	exprs := make(And, len(left))
	for i := range left {
		exprs[i] = left[i].expr
	}
	return &Filter{root: node{kind: andNode, parts: left, expr: exprs}, paths: f.paths}
}
