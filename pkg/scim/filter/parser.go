package filter

import (
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// What a filter may hold at most.
const (
	MaxLength      = 8 << 10 // bytes
	MaxDepth       = 32      // parentheses and brackets inside each other
	MaxComparisons = 100
)

// Options say what is accepted beyond the grammar of RFC 7644 figure 1. The
// zero value accepts that grammar alone.
type Options struct {
	// UnquotedStrings accepts strings without quotes (HID), several words too.
	// They end before and, or, a bracket or a parenthesis. Numbers, true and
	// false count as strings where the attribute is one.
	UnquotedStrings bool
	// RepeatedSpaces accepts any white space where the grammar has one space,
	// and around the whole (HID).
	RepeatedSpaces bool
	// QuotedBooleans accepts "True" and "False" as values of booleans (Entra
	// ID).
	QuotedBooleans bool
	// AcrossTypes is for a query over several resource types: an attribute that
	// this one does not have, or has as a complex one, is without a value
	// rather than an error (RFC 7644 section 3.4.2.1). Whether any of the types
	// has it, parsing without this option tells.
	AcrossTypes bool
}

// ParseExpr reads a filter without a schema (RFC 7644 figure 1). Errors are
// *scim.Error with scimType invalidFilter.
func ParseExpr(text string, options Options) (Expr, error) {
	p := newParser(text, options, "filter", scim.InvalidFilter)
	return p.filter()
}

type parser struct {
	lexer
	depth       int
	deepest     int // depth that the last brackets reached
	comparisons int
}

func newParser(text string, options Options, subject, wrong string) *parser {
	return &parser{lexer: lexer{text: text, options: options, subject: subject, wrong: wrong}}
}

func (p *parser) filter() (Expr, error) {
	if err := p.start(); err != nil {
		return nil, err
	}
	e, err := p.or(false)
	if err != nil {
		return nil, err
	}
	if p.token.kind != endToken {
		return nil, p.unexpected("and, or, or the end of the filter")
	}
	return e, nil
}

func (p *parser) start() error {
	if len(p.text) > MaxLength {
		return p.fail(MaxLength, "it is longer than %d bytes: ask for less in one %s", MaxLength, p.subject)
	}
	return p.advance()
}

// or reads expressions joined by or. element says that they stand between
// brackets.
func (p *parser) or(element bool) (Expr, error) {
	return p.joined("or", joinOr, func() (Expr, error) { return p.and(element) })
}

func (p *parser) and(element bool) (Expr, error) {
	return p.joined("and", joinAnd, func() (Expr, error) { return p.unary(element) })
}

func (p *parser) joined(operator string, join func([]Expr) Expr, part func() (Expr, error)) (Expr, error) {
	var parts []Expr
	for {
		e, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if !p.keyword(operator) {
			return join(parts), nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) keyword(word string) bool {
	return p.token.kind == wordToken && scim.EqualNames(p.token.text, word)
}

func (p *parser) unary(element bool) (Expr, error) {
	if p.token.kind == openParen {
		return p.group(element)
	}
	if p.token.kind != wordToken {
		return nil, p.unexpected("an attribute name, not or (")
	}
	name := p.token
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == openParen && scim.EqualNames(name.text, "not") {
		e, err := p.group(element)
		return &Not{X: e}, err
	}
	if !isAttributePath(name.text) {
		return nil, p.fail(name.start, "expected an attribute name, not or (, but %q came", shorten(name.text))
	}
	if p.token.kind == openBracket {
		return p.valuePath(name, element)
	}
	return p.comparison(name)
}

func (p *parser) group(element bool) (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	e, err := p.or(element)
	if err != nil {
		return nil, err
	}
	if p.token.kind != closeParen {
		return nil, p.unexpected("and, or, or )")
	}
	p.depth--
	return e, p.advance()
}

func (p *parser) enter() error {
	if p.depth == MaxDepth {
		return p.tooDeep(p.token.start)
	}
	p.depth++
	p.deepest = max(p.deepest, p.depth)
	return p.advance()
}

func (p *parser) tooDeep(offset int) error {
	return p.fail(offset, "parentheses and brackets are nested more than %d deep: send a flatter %s", MaxDepth, p.subject)
}

func (p *parser) valuePath(name token, element bool) (Expr, error) {
	if element {
		return nil, p.unexpected("an operator: brackets inside of brackets have no meaning")
	}
	path := &ValuePath{Path: name.text, at: position{path: p.character(name.start)}}
	p.deepest = p.depth
	var err error
	if path.Filter, err = p.brackets(); err != nil {
		return nil, err
	}
	if p.token.kind == wordToken && p.token.text[0] == '.' && p.text[p.token.start-1] == ']' {
		path.Filter, err = p.behindBrackets(path.Filter)
	}
	return path, err
}

// behindBrackets reads the comparison of a sub-attribute of the values that the
// brackets select (Entra ID), and joins it with what stands between them.
func (p *parser) behindBrackets(between Expr) (Expr, error) {
	name := p.token
	name.start++
	if name.text = name.text[1:]; !isAttributeName(name.text) {
		return nil, p.unexpected("a dot and the name of a sub-attribute")
	}
	if _, isOr := between.(Or); isOr && p.deepest == MaxDepth {
		return nil, p.tooDeep(name.start) // joined, the alternatives stand in parentheses
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	behind, err := p.comparison(name)
	if err != nil {
		return nil, err
	}
	return joinAnd([]Expr{between, behind}), nil
}

// brackets reads a filter of sub-attributes.
func (p *parser) brackets() (Expr, error) {
	wrong := p.wrong
	p.wrong = scim.InvalidFilter // RFC 7644 table 9: of a PATCH path's filter too
	defer func() { p.wrong = wrong }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	e, err := p.or(true)
	if err != nil {
		return nil, err
	}
	if p.token.kind != closeBracket {
		if p.token.kind == endToken {
			p.wrong = wrong // the filter is complete, what holds it is not
		}
		return nil, p.unexpected("and, or, or ]")
	}
	p.depth--
	return e, p.advance()
}

func (p *parser) comparison(name token) (Expr, error) {
	op, ok := p.operator()
	if !ok {
		return nil, p.unexpected("one of the operators eq ne co sw ew gt ge lt le pr behind the attribute name")
	}
	if p.comparisons++; p.comparisons > MaxComparisons {
		return nil, p.fail(name.start, "it has more than %d comparisons: ask for less in one %s", MaxComparisons, p.subject)
	}
	c := &Comparison{Path: name.text, Op: op, at: position{path: p.character(name.start), op: p.character(p.token.start)}}
	if err := p.advance(); err != nil || op == Present {
		return c, err
	}
	c.at.value = p.character(p.token.start)
	var err error
	c.Value, err = p.literal()
	return c, err
}

func (p *parser) operator() (Op, bool) {
	if p.token.kind != wordToken {
		return "", false
	}
	switch op := Op(strings.ToLower(p.token.text)); op {
	case Equal, NotEqual, Contains, StartsWith, EndsWith, Present, Greater, GreaterOrEqual, Less, LessOrEqual:
		return op, true
	}
	return "", false
}

func (p *parser) literal() (Literal, error) {
	const expected = "a value: a string in double quotes, a number, true, false or null"
	t := p.token
	switch t.kind {
	case stringToken:
		return Literal{StringLiteral, t.text}, p.advance()
	case wordToken:
	default:
		return Literal{}, p.unexpected(expected)
	}
	literal, ok := plainLiteral(t.text)
	if !ok && (!p.options.UnquotedStrings || t.text[0] == '\'' || p.keyword("and") || p.keyword("or")) {
		return Literal{}, p.unexpected(expected)
	}
	if err := p.advance(); err != nil {
		return Literal{}, err
	}
	if !p.options.UnquotedStrings {
		return literal, nil
	}
	return p.unquoted(literal, t)
}

// plainLiteral reads null, true, false or a number.
func plainLiteral(word string) (Literal, bool) {
	switch word {
	case "null":
		return Literal{NullLiteral, word}, true
	case "true", "false":
		return Literal{BooleanLiteral, word}, true
	}
	if first := word[0]; first != '-' && (first < '0' || first > '9') {
		return Literal{}, false
	}
	if _, err := scim.DecodeText(word); err != nil {
		return Literal{}, false
	}
	return Literal{NumberLiteral, word}, true
}

// unquoted reads the words that follow the first of a string without quotes.
func (p *parser) unquoted(literal Literal, first token) (Literal, error) {
	last := first
	for p.token.kind == wordToken && !p.keyword("and") && !p.keyword("or") {
		if _, isOperator := p.operator(); isOperator {
			return Literal{}, p.unexpected("and, or, or the end: put a string that holds this word in double quotes")
		}
		last = p.token
		if err := p.advance(); err != nil {
			return Literal{}, err
		}
	}
	if literal.Kind != NoLiteral && last == first {
		return literal, nil
	}
	return Literal{StringLiteral, strings.Join(strings.Fields(p.text[first.start:last.end]), " ")}, nil
}

// isAttributePath says whether text is an attrPath (RFC 7644 figure 1). Names
// may begin with $, as in $ref.
func isAttributePath(text string) bool {
	if colon := strings.LastIndexByte(text, ':'); colon >= 0 {
		if colon == 0 {
			return false
		}
		text = text[colon+1:]
	}
	name, subName, hasSub := strings.Cut(text, ".")
	return isAttributeName(name) && (!hasSub || isAttributeName(subName))
}

func isAttributeName(name string) bool {
	name = strings.TrimPrefix(name, "$")
	for i := range len(name) {
		b := name[i] | 0x20
		letter := 'a' <= b && b <= 'z'
		if !letter && (i == 0 || name[i] != '-' && name[i] != '_' && (name[i] < '0' || name[i] > '9')) {
			return false
		}
	}
	return name != ""
}
