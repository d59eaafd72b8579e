package filter

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/scim"
)

// lexer cuts the text of a filter or path into tokens.
type lexer struct {
	text    string
	options Options
	subject string // "filter" or "path", for errors
	wrong   string // scimType of errors
	at      int    // offset of what has not been read
	token   token  // the one that the parser looks at
}

type token struct {
	kind       tokenKind
	start, end int    // offsets
	text       string // of a word as written, of a string without quotes and escapes
}

type tokenKind int

const (
	endToken tokenKind = iota
	wordToken
	stringToken
	openParen
	closeParen
	openBracket
	closeBracket
)

// advance reads the next token.
func (l *lexer) advance() error {
	if err := l.skipSpaces(); err != nil {
		return err
	}
	l.token = token{start: l.at, end: l.at}
	if l.at == len(l.text) {
		return nil
	}
	if kind, ok := punctuation(l.text[l.at]); ok {
		l.at++
		l.token.kind, l.token.end = kind, l.at
		return nil
	}
	if l.text[l.at] == '"' {
		return l.string()
	}
	return l.word()
}

func punctuation(b byte) (tokenKind, bool) {
	switch b {
	case '(':
		return openParen, true
	case ')':
		return closeParen, true
	case '[':
		return openBracket, true
	case ']':
		return closeBracket, true
	}
	return endToken, false
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func (l *lexer) skipSpaces() error {
	start := l.at
	for l.at < len(l.text) && isSpace(l.text[l.at]) {
		l.at++
	}
	if l.options.RepeatedSpaces {
		return nil
	}
	if l.at > start && l.text[start] != ' ' {
		return l.fail(start, "expected a space, but other white space came")
	}
	if l.at > start+1 {
		return l.fail(start+1, "expected a single space, but more white space came")
	}
	return nil
}

func (l *lexer) word() error {
	start := l.at
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if r == utf8.RuneError && size == 1 {
			return l.fail(l.at, "the text is not UTF-8")
		}
		if _, punct := punctuation(l.text[l.at]); punct || r == '"' || isSpace(l.text[l.at]) {
			break
		}
		l.at += size
	}
	l.token = token{kind: wordToken, start: start, end: l.at, text: l.text[start:l.at]}
	return nil
}

// string reads a string of JSON.
func (l *lexer) string() error {
	start := l.at
	for l.at++; l.at < len(l.text) && l.text[l.at] != '"'; l.at++ {
		if l.text[l.at] == '\\' {
			l.at++ // whatever is escaped, it does not close the string
		}
	}
	if l.at >= len(l.text) {
		return l.fail(start, "the string that begins here is not closed: expected a double quote at its end")
	}
	l.at++
	literal := l.text[start:l.at]
	if !utf8.ValidString(literal) {
		return l.fail(start, "the string that begins here is not UTF-8")
	}
	value, err := scim.DecodeText(literal)
	if err != nil {
		return l.fail(start, `the string that begins here is not JSON: escape with \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits, and send no raw control characters`)
	}
	l.token = token{kind: stringToken, start: start, end: l.at, text: value.(string)}
	return nil
}

// came describes the token that the parser looks at.
func (l *lexer) came() string {
	switch l.token.kind {
	case endToken:
		return "the end of the " + l.subject
	case stringToken:
		return "a string"
	}
	return strconv.Quote(shorten(l.text[l.token.start:l.token.end]))
}

// shorten keeps a client's long text out of an error's detail.
func shorten(s string) string {
	const most = 50
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// unexpected says what was expected in place of the token.
func (l *lexer) unexpected(expected string) error {
	return l.fail(l.token.start, "expected %s, but %s came", expected, l.came())
}

func (l *lexer) fail(offset int, format string, args ...any) error {
	return l.failAt(l.character(offset), format, args...)
}

func (l *lexer) failAt(character int, format string, args ...any) error {
	return scim.Errorf(http.StatusBadRequest, l.wrong, "The %s is not valid at character %d: %s.",
		l.subject, character, fmt.Sprintf(format, args...)).WithCode(scim.CodeBadFormat)
}

// character counts the characters up to an offset, from 1.
func (l *lexer) character(offset int) int {
	return utf8.RuneCountInString(l.text[:min(offset, len(l.text))]) + 1
}
