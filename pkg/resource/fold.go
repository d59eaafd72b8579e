package resource

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which names are compared without regard to case: NFC,
// then Unicode case folding, then NFC again because folding can undo it.
func Fold(name string) string {
	return norm.NFC.String(cases.Fold().String(strings.Map(capitalCherokee, norm.NFC.String(name))))
}

// capitalCherokee gives Cherokee letters one case: cases.Fold turns small ones
// into capitals, as Unicode has it, but capitals into small ones, too.
func capitalCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

// FoldPrefix returns what the folded forms of all names have in common that
// begin with prefix in any case. It may be shorter than the prefix: what
// follows can change a folded form's last character.
func FoldPrefix(prefix string) string {
	prefix = norm.NFC.String(prefix)
	last := norm.NFC.LastBoundary([]byte(prefix))
	return Fold(prefix[:max(last, 0)])
}
