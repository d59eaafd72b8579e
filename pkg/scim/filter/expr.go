package filter

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Expr is a filter as it was written (RFC 7644 figure 1): And, Or, *Not,
// *Comparison or *ValuePath. String writes it in canonical form, which parses
// to the same Expr.
type Expr interface {
	String() string
	write(b *strings.Builder)
}

// And is true when all of its two or more parts are.
type And []Expr

// Or is true when any of its two or more parts is.
type Or []Expr

// Not is true when X is not.
type Not struct{ X Expr }

// Comparison is an attrExp: an attribute, an operator and, except for pr, a
// value.
type Comparison struct {
	Path  string // attrPath
	Op    Op
	Value Literal

	at position
}

// ValuePath is true when one value of the attribute meets the whole Filter.
type ValuePath struct {
	Path   string // attrPath
	Filter Expr

	at position
}

// position is where the parts of an expression begin, in characters from 1.
type position struct{ path, op, value int }

// Op is an attribute operator (RFC 7644 table 3), in lower case.
type Op string

// The operators.
const (
	Equal          Op = "eq"
	NotEqual       Op = "ne"
	Contains       Op = "co"
	StartsWith     Op = "sw"
	EndsWith       Op = "ew"
	Present        Op = "pr"
	Greater        Op = "gt"
	GreaterOrEqual Op = "ge"
	Less           Op = "lt"
	LessOrEqual    Op = "le"
)

// Literal is a compValue: a value of JSON that is no object or array.
type Literal struct {
	Kind LiteralKind
	Text string // null, true, false, the number as written, or the string without quotes and escapes
}

// LiteralKind is the type of a Literal.
type LiteralKind int

// The kinds of Literals.
const (
	NoLiteral LiteralKind = iota // of pr
	NullLiteral
	BooleanLiteral
	NumberLiteral
	StringLiteral
)

// String writes the literal in JSON.
func (l Literal) String() string {
	if l.Kind != StringLiteral {
		return l.Text
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(l.Text) != nil {
		return `""` // strings can always be encoded
	}
	return strings.TrimSuffix(quoted.String(), "\n")
}

func (e And) String() string         { return render(e) }
func (e Or) String() string          { return render(e) }
func (e *Not) String() string        { return render(e) }
func (e *Comparison) String() string { return render(e) }
func (e *ValuePath) String() string  { return render(e) }

func render(e Expr) string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (e And) write(b *strings.Builder) {
	for i, part := range e {
		if i > 0 {
			b.WriteString(" and ")
		}
		if _, isOr := part.(Or); isOr {
			writeGroup(b, part)
		} else {
			part.write(b)
		}
	}
}

func (e Or) write(b *strings.Builder) {
	for i, part := range e {
		if i > 0 {
			b.WriteString(" or ")
		}
		part.write(b)
	}
}

func (e *Not) write(b *strings.Builder) {
	b.WriteString("not ")
	writeGroup(b, e.X)
}

func writeGroup(b *strings.Builder, e Expr) {
	b.WriteByte('(')
	e.write(b)
	b.WriteByte(')')
}

func (e *Comparison) write(b *strings.Builder) {
	b.WriteString(e.Path)
	b.WriteByte(' ')
	b.WriteString(string(e.Op))
	if e.Op != Present {
		b.WriteByte(' ')
		b.WriteString(e.Value.String())
	}
}

func (e *ValuePath) write(b *strings.Builder) {
	b.WriteString(e.Path)
	b.WriteByte('[')
	e.Filter.write(b)
	b.WriteByte(']')
}

// joinAnd makes one expression of parts, and takes those of the same kind apart:
// grouping does not change what they mean.
func joinAnd(parts []Expr) Expr {
	flat := And{}
	for _, part := range parts {
		if and, ok := part.(And); ok {
			flat = append(flat, and...)
		} else {
			flat = append(flat, part)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return flat
}

func joinOr(parts []Expr) Expr {
	flat := Or{}
	for _, part := range parts {
		if or, ok := part.(Or); ok {
			flat = append(flat, or...)
		} else {
			flat = append(flat, part)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return flat
}
