package filter

import (
	"encoding/hex"
	"math"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// SortKey reads what a row is sorted by: keys are ordered as bytes, in the
// order of the operators gt and lt. ok is false when the row has no value.
type SortKey[T any] func(row *T) (key string, ok bool)

// NewSortKey joins the attribute of a sortBy parameter (RFC 7644 section
// 3.4.2.3) with the fields of a type. A complex attribute stands for its
// sub-attribute value. Of several values the first counts: no type has a primary
// one to prefer.
func NewSortKey[T any](path scim.Path, fields Fields[T]) SortKey[T] {
	if path.SubAttribute == nil && path.Attribute.Type == scim.Complex {
		path.SubAttribute = path.Attribute.SubAttribute("value")
	}
	exact := path.Last().CaseExact
	field := fields.find(path)
	switch {
	case field.Len != nil && field.At != nil:
		return func(row *T) (string, bool) {
			if field.Len(row) == 0 {
				return "", false
			}
			value := field.At(row, 0)
			return value.sortKey(exact)
		}
	case field.Value != nil:
		return func(row *T) (string, bool) {
			value := field.Value(row)
			return value.sortKey(exact)
		}
	}
	return func(*T) (string, bool) { return "", false }
}

func (v *Value) sortKey(exact bool) (key string, ok bool) {
	switch v.kind {
	case text:
		return sortText(v.text, exact), true
	case texts:
		return sortText(v.strings[0], exact), true
	case boolean, integer:
		return sortNumber(v.bits), true
	case float:
		return sortFloat(v.float()), true
	case instant:
		return sortNumber(v.bits) + sortNumber(int64(v.nanos)), true
	}
	return "", false
}

func sortText(s string, exact bool) string {
	if exact {
		return s
	}
	return strings.Map(fold, s)
}

// sortNumber orders negative numbers before positive ones.
func sortNumber(n int64) string { return sortBits(uint64(n) ^ 1<<63) }

func sortFloat(f float64) string {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return sortBits(^bits)
	}
	return sortBits(bits ^ 1<<63)
}

func sortBits(bits uint64) string {
	var bytes [8]byte
	for i := range bytes {
		bytes[i] = byte(bits >> (56 - 8*i))
	}
	return hex.EncodeToString(bytes[:])
}
