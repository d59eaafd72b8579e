package patch

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rolecall/rolecall/pkg/scim"
)

// sameResource compares all but the attribute schemas, which follows from the
// others.
func sameResource(a, b scim.Object) bool {
	return within(a, b, "schemas") && within(b, a, "schemas")
}

func within(a, b scim.Object, except string) bool {
	for name, value := range a {
		if name != except && !same(value, b[name]) {
			return false
		}
	}
	return true
}

// same compares two values. The order of several values does not count, nor
// does whether an empty value is there.
func same(a, b any) bool {
	if isUnassigned(a) || isUnassigned(b) {
		return isUnassigned(a) && isUnassigned(b)
	}
	switch a := a.(type) {
	case scim.Object:
		b, ok := b.(scim.Object)
		return ok && within(a, b, "") && within(b, a, "")
	case []any:
		b, ok := b.([]any)
		return ok && sameValues(a, b)
	}
	switch b.(type) {
	case scim.Object, []any:
		return false
	}
	return a == b
}

func sameValues(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	if slices.EqualFunc(a, b, same) {
		return true
	}
	if len(a) <= fewValues {
		return sameFew(a, slices.Clone(b))
	}
	counts := make(map[string]int, len(a))
	for i := range a {
		counts[encode(a[i])]++
	}
	for i := range b {
		counts[encode(b[i])]--
	}
	for _, count := range counts {
		if count != 0 {
			return false
		}
	}
	return true
}

// fewValues is up to how many values comparing each with each is cheaper than
// encoding them.
const fewValues = 8

// sameFew strikes from b each value of a.
func sameFew(a, b []any) bool {
	for i := range a {
		found := slices.IndexFunc(b, func(value any) bool { return same(a[i], value) })
		if found < 0 {
			return false
		}
		b = slices.Delete(b, found, found+1)
	}
	return true
}

// encode writes a value as text that only the same value has.
func encode(value any) string {
	var b strings.Builder
	write(&b, value)
	return b.String()
}

func write(b *strings.Builder, value any) {
	switch value := value.(type) {
	case string:
		b.WriteString(strconv.Quote(value))
	case bool:
		b.WriteString(strconv.FormatBool(value))
	case int64:
		b.WriteString(strconv.FormatInt(value, 10))
	case float64:
		b.WriteString(strconv.FormatFloat(value, 'e', -1, 64))
	case []any:
		parts := make([]string, len(value))
		for i := range value {
			parts[i] = encode(value[i])
		}
		slices.Sort(parts)
		b.WriteString("[" + strings.Join(parts, ",") + "]")
	case scim.Object:
		names := make([]string, 0, len(value))
		for name := range value {
			if !isUnassigned(value[name]) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		b.WriteByte('{')
		for _, name := range names {
			b.WriteString(strconv.Quote(name) + ":")
			write(b, value[name])
		}
		b.WriteByte('}')
	}
}

// keyOf returns text that two values of an attribute share if they may be the
// same (RFC 7643 section 2.4): the sub-attribute value if they have it,
// otherwise all that clients can write.
func keyOf(a *scim.Attribute, value any) string {
	if text, ok := value.(string); ok {
		return folded(a, text)
	}
	object, ok := value.(scim.Object)
	if !ok {
		return encode(value)
	}
	if sub := a.SubAttribute("value"); sub != nil {
		if text, ok := object.String(sub.Name); ok {
			return folded(sub, text)
		}
	}
	writable := make(scim.Object, len(object))
	for i := range a.SubAttributes {
		if sub := &a.SubAttributes[i]; sub.Mutability != scim.ReadOnly {
			writable[sub.Name] = object[sub.Name]
		}
	}
	return "\x00" + encode(writable) // not to be taken for a value
}

// folded removes differences of case that do not count (Unicode simple case
// folding).
func folded(a *scim.Attribute, text string) string {
	if a.CaseExact {
		return text
	}
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, text)
}

// sameButForCase compares two values of an attribute as its caseExact says.
func sameButForCase(a *scim.Attribute, x, y any) bool {
	first, isText := x.(string)
	second, areTexts := y.(string)
	if isText && areTexts {
		return folded(a, first) == folded(a, second)
	}
	return same(x, y)
}

type typeComparison int

const (
	otherType typeComparison = iota
	noType                   // of one of the two
	sameType
)

// compareTypes compares the sub-attribute type of two values.
func compareTypes(a *scim.Attribute, x, y any) typeComparison {
	sub := a.SubAttribute("type")
	if sub == nil {
		return sameType
	}
	first, second := typeOf(sub, x), typeOf(sub, y)
	switch {
	case first == second:
		return sameType
	case first == "" || second == "":
		return noType
	}
	return otherType
}

func typeOf(sub *scim.Attribute, value any) string {
	object, _ := value.(scim.Object)
	text, _ := object.String(sub.Name)
	return folded(sub, text)
}
