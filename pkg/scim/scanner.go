package scim

import (
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 32

// scanner reads JSON text (RFC 8259) from the front. It stands in place of
// encoding/json because its errors are for clients: where, what came, and what
// is expected. They are *Error with scimType invalidSyntax.
type scanner struct {
	text  []byte
	at    int // offset of the next byte
	depth int
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch b := s.text[s.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// object reads an object and calls member behind each name; member reads the
// value.
func (s *scanner) object(member func(name string) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.leave()
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.unexpected("an attribute name in double quotes")
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.unexpected("a colon behind the attribute name")
		}
		s.at++
		if err := member(name); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.leave()
			return nil
		default:
			return s.unexpected("a comma or }")
		}
	}
}

// array reads an array and calls element for each element; element reads it.
func (s *scanner) array(element func(index int) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.peek() == ']' {
		s.leave()
		return nil
	}
	for index := 0; ; index++ {
		if err := element(index); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.leave()
			return nil
		default:
			return s.unexpected("a comma or ]")
		}
	}
}

func (s *scanner) enter() error {
	if s.depth == maxDepth {
		return s.fail(s.at, "objects and arrays are nested more than %d deep: send a flatter body", maxDepth)
	}
	s.depth++
	s.at++
	return nil
}

func (s *scanner) leave() {
	s.depth--
	s.at++
}

// skip reads any value.
func (s *scanner) skip() error {
	switch b := s.peek(); {
	case b == '{':
		return s.object(func(string) error { return s.skip() })
	case b == '[':
		return s.array(func(int) error { return s.skip() })
	case b == '"':
		_, err := s.string()
		return err
	case b == 't':
		return s.literal("true")
	case b == 'f':
		return s.literal("false")
	case b == 'n':
		return s.literal("null")
	case isNumberStart(b):
		_, err := s.number()
		return err
	}
	return s.unexpected("a value")
}

func isNumberStart(b byte) bool { return b == '-' || '0' <= b && b <= '9' }

func (s *scanner) literal(word string) error {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return s.unexpected("a value")
	}
	s.at += len(word)
	return nil
}

// number reads a number and returns it as written.
func (s *scanner) number() (string, error) {
	start := s.at
	if s.text[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if !s.digits() {
		return "", s.unexpected("a digit")
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if !s.digits() {
			return "", s.unexpected("a digit")
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if !s.digits() {
			return "", s.unexpected("a digit")
		}
	}
	return string(s.text[start:s.at]), nil
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// string reads a string; the next byte is its opening quote.
func (s *scanner) string() (string, error) {
	opening := s.at
	s.at++
	start := s.at
	for s.at < len(s.text) {
		switch b := s.text[s.at]; {
		case b == '"':
			value := string(s.text[start:s.at])
			s.at++
			return value, nil
		case b == '\\':
			return s.escapedString(opening, append([]byte(nil), s.text[start:s.at]...))
		case b < ' ':
			return "", s.fail(s.at, `expected a closing quote or an escape such as \n, but a raw control character came`)
		default:
			s.at++
		}
	}
	return "", s.unclosed(opening)
}

// escapedString reads the rest of a string from its first backslash on.
func (s *scanner) escapedString(opening int, value []byte) (string, error) {
	for s.at < len(s.text) {
		switch b := s.text[s.at]; {
		case b == '"':
			s.at++
			return string(value), nil
		case b == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			value = utf8.AppendRune(value, r)
		case b < ' ':
			return "", s.fail(s.at, `expected a closing quote or an escape such as \n, but a raw control character came`)
		default:
			value = append(value, b)
			s.at++
		}
	}
	return "", s.unclosed(opening)
}

// escape reads one escape sequence, or the two of a surrogate pair.
func (s *scanner) escape() (rune, error) {
	start := s.at
	if s.at+1 == len(s.text) {
		s.at++
		return 0, s.unexpected("an escaped character")
	}
	if s.text[s.at+1] != 'u' {
		s.at += 2
		switch b := s.text[s.at-1]; b {
		case '"', '\\', '/':
			return rune(b), nil
		case 'b':
			return '\b', nil
		case 'f':
			return '\f', nil
		case 'n':
			return '\n', nil
		case 'r':
			return '\r', nil
		case 't':
			return '\t', nil
		}
		return 0, s.fail(start, `expected one of \" \\ \/ \b \f \n \r \t \u, but another escape came`)
	}
	first, ok := s.hex()
	if !ok {
		return 0, s.fail(start, `expected four hexadecimal digits behind \u`)
	}
	if !utf16.IsSurrogate(first) {
		return first, nil
	}
	second, ok := s.hex()
	pair := utf16.DecodeRune(first, second)
	if !ok || pair == utf8.RuneError {
		return 0, s.fail(start, `expected a pair of surrogates, but half of one came`)
	}
	return pair, nil
}

// hex reads \uXXXX.
func (s *scanner) hex() (rune, bool) {
	if len(s.text)-s.at < 6 || s.text[s.at] != '\\' || s.text[s.at+1] != 'u' {
		return 0, false
	}
	value, err := strconv.ParseUint(string(s.text[s.at+2:s.at+6]), 16, 16)
	s.at += 6
	return rune(value), err == nil
}

func (s *scanner) unclosed(opening int) error {
	return s.fail(opening, "the string that begins here is not closed: expected a double quote at its end")
}

// unexpected says what is expected at the next byte.
func (s *scanner) unexpected(expected string) error {
	return s.fail(s.at, "expected %s, but %s came", expected, s.next())
}

// next describes what stands at the next byte, valid or not.
func (s *scanner) next() string {
	if s.at >= len(s.text) {
		return "the end of the body"
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return strconv.QuoteRune(r)
}

// valueKind describes the value at the next byte.
func (s *scanner) valueKind() string {
	switch b := s.peek(); {
	case b == '{':
		return "an object"
	case b == '[':
		return "an array"
	case b == '"':
		return "a string"
	case b == 't' || b == 'f':
		return "a boolean"
	case b == 'n':
		return "null"
	case isNumberStart(b):
		return "a number"
	}
	return s.next()
}

func (s *scanner) fail(at int, format string, args ...any) error {
	return Errorf(http.StatusBadRequest, InvalidSyntax, "The body is not valid JSON at %s: %s.",
		s.position(at), fmt.Sprintf(format, args...)).WithCode(CodeBadFormat)
}

// position names an offset by line and column, both from 1, in characters.
func (s *scanner) position(at int) string {
	line, column := 1, 1
	for _, r := range string(s.text[:min(at, len(s.text))]) {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return fmt.Sprintf("line %d, column %d", line, column)
}
