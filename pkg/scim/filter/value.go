package filter

import (
	"math"
	"time"
)

// Value is what a resource holds at one attribute. The zero Value is no value:
// the attribute is unassigned (RFC 7643 section 2.5).
type Value struct {
	kind    kind
	nanos   int32    // of a time
	bits    int64    // an integer, a boolean as 0 or 1, the bits of a float, the seconds of a time
	text    string   // a string
	strings []string // several strings
}

type kind uint8

const (
	absent kind = iota
	present
	text
	texts
	boolean
	integer
	float
	instant
)

// Text is a string or reference; the empty string is no value.
func Text(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{kind: text, text: s}
}

// Texts are the values of a multi-valued attribute of strings or references.
func Texts(values []string) Value {
	if len(values) == 0 {
		return Value{}
	}
	return Value{kind: texts, strings: values}
}

// Bool is a boolean.
func Bool(b bool) Value {
	v := Value{kind: boolean}
	if b {
		v.bits = 1
	}
	return v
}

// Integer is an integer.
func Integer(n int64) Value { return Value{kind: integer, bits: n} }

// Decimal is a decimal.
func Decimal(f float64) Value { return Value{kind: float, bits: int64(math.Float64bits(f))} }

// Time is a dateTime; the zero time is no value.
func Time(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{kind: instant, bits: t.Unix(), nanos: int32(t.Nanosecond())}
}

// Complex is a complex value, which has no value of its own but can be there.
func Complex(there bool) Value {
	if !there {
		return Value{}
	}
	return Value{kind: present}
}

func (v *Value) float() float64 {
	if v.kind == integer {
		return float64(v.bits)
	}
	return math.Float64frombits(uint64(v.bits))
}
