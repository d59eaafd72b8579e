package filter

import (
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// Fields say how to read the attributes of a Go type. Keys are paths as the
// schema spells them, without the URN of the core schema: "name",
// "meta.created", "emails.value", "urn:…:Role:permissionSets.value". An
// attribute without a Field has no value in any row. A complex attribute needs
// none: it is there when one of its sub-attributes is.
type Fields[T any] map[string]Field[T]

// Field reads one attribute of a row.
type Field[T any] struct {
	// Value reads an attribute with one value, or several that are Texts.
	Value func(row *T) Value

	// Len and At stand in place of Value for a multi-valued attribute and for
	// each of its sub-attributes, which all have the same Len. At is given an
	// index below it.
	Len func(row *T) int
	At  func(row *T, index int) Value
}

// Matcher evaluates one filter on rows of one type. It may be used by several
// goroutines if its Fields may.
type Matcher[T any] struct {
	root   *node
	fields []Field[T] // by node.slot
}

// Compile joins a filter with the fields of a type. Without a filter the
// Matcher is nil, which matches every row.
func Compile[T any](f *Filter, fields Fields[T]) *Matcher[T] {
	if f == nil {
		return nil
	}
	return compile(&f.root, f.paths, func(path scim.Path) Field[T] { return fields.find(path) })
}

func compile[T any](root *node, paths []scim.Path, find func(scim.Path) Field[T]) *Matcher[T] {
	m := &Matcher[T]{root: root, fields: make([]Field[T], len(paths))}
	for i := range paths {
		field := find(paths[i])
		if field.Len == nil && field.Value == nil {
			field.Value = func(*T) Value { return Value{} }
		}
		if field.Len != nil && field.At == nil {
			field.At = func(*T, int) Value { return Complex(true) }
		}
		m.fields[i] = field
	}
	return m
}

func (f Fields[T]) find(path scim.Path) Field[T] {
	name := path.String()
	field, ok := f[name]
	if ok || path.SubAttribute != nil || path.Attribute.Type != scim.Complex {
		return field
	}
	return f.complex(name + ".")
}

// complex reads a complex attribute by its sub-attributes.
func (f Fields[T]) complex(prefix string) Field[T] {
	var subs []func(row *T) Value
	for name, field := range f {
		switch {
		case !strings.HasPrefix(name, prefix):
		case field.Len != nil:
			return Field[T]{Len: field.Len}
		default:
			subs = append(subs, field.Value)
		}
	}
	return Field[T]{Value: func(row *T) Value {
		for _, value := range subs {
			if v := value(row); v.kind != absent {
				return Complex(true)
			}
		}
		return Value{}
	}}
}
