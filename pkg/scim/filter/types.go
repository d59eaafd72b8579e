package filter

import (
	"strconv"
	"strings"
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
)

// value checks the operator and the literal against the type of the attribute
// (RFC 7644 table 3).
func (b *binder) value(n *node, e *Comparison, path scim.Path) error {
	switch path.Last().Type {
	case scim.Boolean:
		return b.boolean(n, e, path)
	case scim.Integer, scim.Decimal:
		return b.number(n, e, path)
	case scim.DateTime:
		return b.dateTime(n, e, path)
	case scim.Binary:
		if e.Op != Equal && e.Op != NotEqual {
			return b.wrongOperator(e, path, "binary", "eq, ne and pr")
		}
		n.exact = true // base64 depends on case
	}
	return b.text(n, e, path)
}

func (b *binder) wrongOperator(e *Comparison, path scim.Path, kind, operators string) error {
	return b.failAt(e.at.op, "%s is %s and can be compared with %s, but %s came", path, kind, operators, e.Op)
}

func (b *binder) wrongValue(e *Comparison, path scim.Path, expected string) error {
	return b.failAt(e.at.value, "%s must be compared with %s, but %s came", path, expected, shorten(e.Value.String()))
}

func (b *binder) boolean(n *node, e *Comparison, path scim.Path) error {
	if e.Op != Equal && e.Op != NotEqual {
		return b.wrongOperator(e, path, "a boolean", "eq, ne and pr")
	}
	isBoolean := e.Value.Kind == BooleanLiteral
	if b.options.QuotedBooleans || b.options.UnquotedStrings {
		isBoolean = strings.EqualFold(e.Value.Text, "true") || strings.EqualFold(e.Value.Text, "false")
	}
	if !isBoolean {
		return b.wrongValue(e, path, "true or false, without quotes")
	}
	n.original = Literal{BooleanLiteral, strings.ToLower(e.Value.Text)}
	n.value = Bool(n.original.Text == "true")
	return nil
}

func (b *binder) number(n *node, e *Comparison, path scim.Path) error {
	if e.Op == Contains || e.Op == StartsWith || e.Op == EndsWith {
		return b.wrongOperator(e, path, "a number", "eq, ne, gt, ge, lt, le and pr")
	}
	if e.Value.Kind != NumberLiteral {
		return b.wrongValue(e, path, "a number, without quotes")
	}
	if whole, err := strconv.ParseInt(e.Value.Text, 10, 64); err == nil {
		n.value = Integer(whole)
		return nil
	}
	number, err := strconv.ParseFloat(e.Value.Text, 64)
	if err != nil {
		return b.wrongValue(e, path, "a number of double precision")
	}
	n.value = Decimal(number)
	return nil
}

func (b *binder) dateTime(n *node, e *Comparison, path scim.Path) error {
	if e.Op == Contains || e.Op == StartsWith || e.Op == EndsWith {
		return b.wrongOperator(e, path, "a dateTime", "eq, ne, gt, ge, lt, le and pr")
	}
	moment, err := time.Parse(time.RFC3339, e.Value.Text)
	if e.Value.Kind != StringLiteral || err != nil {
		return b.wrongValue(e, path, `a date and time such as "2026-01-31T12:00:00Z"`)
	}
	n.value = Value{kind: instant, bits: moment.Unix(), nanos: int32(moment.Nanosecond())}
	return nil
}

func (b *binder) text(n *node, e *Comparison, path scim.Path) error {
	if e.Value.Kind != StringLiteral && !b.options.UnquotedStrings {
		return b.wrongValue(e, path, "a string in double quotes")
	}
	n.original = Literal{StringLiteral, e.Value.Text}
	n.value = Value{kind: text, text: e.Value.Text}
	if !n.exact {
		n.pattern = newPattern(e.Value.Text)
	}
	return nil
}
