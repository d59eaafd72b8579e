package filter

import (
	"cmp"
	"strings"
)

// Match says whether the filter holds for row. A nil Matcher holds for every
// row. It allocates nothing if the Fields do not.
func (m *Matcher[T]) Match(row *T) bool { return m == nil || m.match(m.root, row, wholeRow) }

// wholeRow stands for the index of a value when no brackets have selected one.
const wholeRow = -1

func (m *Matcher[T]) match(n *node, row *T, index int) bool {
	switch n.kind {
	case andNode:
		for i := range n.parts {
			if !m.match(&n.parts[i], row, index) {
				return false
			}
		}
		return true
	case orNode:
		for i := range n.parts {
			if m.match(&n.parts[i], row, index) {
				return true
			}
		}
		return false
	case notNode:
		return !m.match(&n.parts[0], row, index)
	case valuePathNode:
		return m.matchAny(n, row)
	case absentNode:
		return n.op == NotEqual
	}
	field := &m.fields[n.slot]
	switch {
	case field.Len == nil:
		value := field.Value(row)
		if index != wholeRow && value.kind == texts {
			return n.holdsForText(value.strings[index])
		}
		return n.holds(&value)
	case index != wholeRow:
		value := field.At(row, index)
		return n.holds(&value)
	}
	return m.matchValues(n, field, row)
}

// matchAny looks for one value that meets all between the brackets.
func (m *Matcher[T]) matchAny(n *node, row *T) bool {
	field := &m.fields[n.slot]
	count := 0
	if field.Len != nil {
		count = field.Len(row)
	} else {
		switch value := field.Value(row); value.kind {
		case absent:
		case texts:
			count = len(value.strings)
		default:
			return m.match(&n.parts[0], row, wholeRow) // complex, but single
		}
	}
	for i := range count {
		if m.match(&n.parts[0], row, i) {
			return true
		}
	}
	return false
}

// matchValues is true if any value of a multi-valued attribute meets the
// comparison.
func (m *Matcher[T]) matchValues(n *node, field *Field[T], row *T) bool {
	count := field.Len(row)
	if count == 0 {
		return n.holds(&Value{})
	}
	for i := range count {
		value := field.At(row, i)
		if n.holds(&value) {
			return true
		}
	}
	return false
}

// holds compares one value.
func (n *node) holds(v *Value) bool {
	switch {
	case v.kind == absent:
		return n.op == NotEqual
	case v.kind == texts:
		for _, s := range v.strings {
			if n.holdsForText(s) {
				return true
			}
		}
		return false
	case n.op == Present:
		return true
	case v.kind == text && n.value.kind == text:
		return n.holdsForText(v.text)
	}
	order, ok := v.compare(&n.value)
	if !ok {
		return n.op == NotEqual
	}
	return n.op.holds(order)
}

func (op Op) holds(order int) bool {
	switch op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	case Less:
		return order < 0
	case LessOrEqual:
		return order <= 0
	}
	return false
}

// compare orders two values that are not strings; ok is false when they are of
// different types.
func (v *Value) compare(with *Value) (order int, ok bool) {
	switch {
	case v.kind == with.kind && v.kind != float:
		return cmp.Or(cmp.Compare(v.bits, with.bits), cmp.Compare(v.nanos, with.nanos)), true
	case v.isNumber() && with.isNumber():
		return cmp.Compare(v.float(), with.float()), true
	}
	return 0, false
}

func (v *Value) isNumber() bool { return v.kind == integer || v.kind == float }

func (n *node) holdsForText(s string) bool {
	if n.op == Present {
		return s != ""
	}
	if n.exact {
		return n.holdsExactly(s)
	}
	switch n.op {
	case Equal:
		return n.pattern.equals(s)
	case NotEqual:
		return !n.pattern.equals(s)
	case Contains:
		return n.pattern.in(s)
	case StartsWith:
		_, ok := n.pattern.prefix(s)
		return ok
	case EndsWith:
		return n.pattern.endOf(s)
	}
	return n.op.holds(compareFolded(s, n.value.text))
}

func (n *node) holdsExactly(s string) bool {
	switch n.op {
	case Contains:
		return strings.Contains(s, n.value.text)
	case StartsWith:
		return strings.HasPrefix(s, n.value.text)
	case EndsWith:
		return strings.HasSuffix(s, n.value.text)
	}
	return n.op.holds(strings.Compare(s, n.value.text))
}
