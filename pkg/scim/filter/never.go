package filter

import "slices"

// IsNever says that the filter holds for no row, because it asks for attributes
// that the resource type does not have (Options.AcrossTypes).
func (f *Filter) IsNever() bool { return f != nil && f.root.isNever() }

func (n *node) isNever() bool {
	switch n.kind {
	case absentNode:
		return n.op != NotEqual
	case andNode, valuePathNode:
		return slices.ContainsFunc(n.parts, func(part node) bool { return part.isNever() })
	case orNode:
		return !slices.ContainsFunc(n.parts, func(part node) bool { return !part.isNever() })
	case notNode:
		return n.parts[0].isAlways()
	}
	return false
}

func (n *node) isAlways() bool {
	switch n.kind {
	case absentNode:
		return n.op == NotEqual
	case andNode:
		return !slices.ContainsFunc(n.parts, func(part node) bool { return !part.isAlways() })
	case orNode:
		return slices.ContainsFunc(n.parts, func(part node) bool { return part.isAlways() })
	case notNode:
		return n.parts[0].isNever()
	}
	return false
}
