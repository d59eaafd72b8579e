package filter

import (
	"slices"
	"time"

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

// AnyEquality finds a string that one of the values of the multi-valued attribute
// at path must equal for the filter to hold. The whole filter remains to be
// evaluated. path is written as in the keys of Fields.
func (f *Filter) AnyEquality(path string) (value string, ok bool) {
	if f == nil {
		return "", false
	}
	for _, part := range f.root.conjuncts() {
		inner := []node{part}
		if part.kind == valuePathNode {
			inner = part.parts[0].conjuncts()
		}
		for i := range inner {
			n := &inner[i]
			if n.equalsText() && scim.EqualNames(f.paths[n.slot].String(), path) {
				return n.value.text, true
			}
		}
	}
	return "", false
}

func (n *node) equalsText() bool {
	return n.kind == comparisonNode && n.op == Equal && n.value.kind == text
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

// TimeBound is like Bound for a dateTime. op may be Equal, too.
func (f *Filter) TimeBound(path string, op Op) (at time.Time, ok bool) {
	parts, i := f.conjunct(path, op, instant)
	if i < 0 {
		return time.Time{}, false
	}
	v := &parts[i].value
	return time.Unix(v.bits, int64(v.nanos)).UTC(), true
}

func (f *Filter) extract(path string, op Op) (value string, rest *Filter, ok bool) {
	parts, i := f.conjunct(path, op, text)
	if i < 0 {
		return "", nil, false
	}
	return parts[i].value.text, f.without(parts, i), true
}

// conjunct finds, among the parts that must all hold for the filter to hold, the
// first that compares the attribute at path by op with a value of this kind; -1
// if there is none.
func (f *Filter) conjunct(path string, op Op, k kind) (parts []node, index int) {
	if f == nil {
		return nil, -1
	}
	parts = f.root.conjuncts()
	return parts, slices.IndexFunc(parts, func(n node) bool {
		return n.kind == comparisonNode && n.op == op && n.value.kind == k && f.leadsTo(n.slot, path)
	})
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
