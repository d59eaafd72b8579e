package filter

import (
	"unicode"
	"unicode/utf8"
)

// pattern is a string to look for without regard to case: for each rune, all
// that Unicode simple case folding makes equal to it. So the strings that are
// searched need no folding, and no memory.
type pattern []orbit

// orbit holds the runes that are equal but for case. No orbit of Unicode has
// more than four; a smaller one repeats its first.
type orbit [4]rune

func newPattern(s string) pattern {
	p := make(pattern, 0, len(s))
	for _, r := range s {
		p = append(p, orbitOf(r))
	}
	return p
}

func orbitOf(first rune) orbit {
	o := orbit{first, first, first, first}
	i := 1
	for r := unicode.SimpleFold(first); r != first && i < len(o); r = unicode.SimpleFold(r) {
		o[i] = r
		i++
	}
	return o
}

func (o *orbit) has(r rune) bool { return r == o[0] || r == o[1] || r == o[2] || r == o[3] }

// prefix returns how many bytes of s the pattern takes from its front.
func (p pattern) prefix(s string) (size int, ok bool) {
	for i := range p {
		if size == len(s) {
			return 0, false
		}
		r, n := rune(s[size]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[size:])
		}
		if !p[i].has(r) {
			return 0, false
		}
		size += n
	}
	return size, true
}

func (p pattern) equals(s string) bool {
	size, ok := p.prefix(s)
	return ok && size == len(s)
}

func (p pattern) endOf(s string) bool {
	end := len(s)
	for i := len(p) - 1; i >= 0; i-- {
		if end == 0 {
			return false
		}
		r, n := utf8.DecodeLastRuneInString(s[:end])
		if !p[i].has(r) {
			return false
		}
		end -= n
	}
	return true
}

func (p pattern) in(s string) bool {
	if len(p) == 0 {
		return true
	}
	first := &p[0]
	for at := 0; at < len(s); {
		r, n := rune(s[at]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[at:])
		}
		if first.has(r) {
			if _, ok := p[1:].prefix(s[at+n:]); ok {
				return true
			}
		}
		at += n
	}
	return false
}

// compareFolded orders two strings by their folded runes.
func compareFolded(a, b string) int {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			ra, rb = fold(ra), fold(rb)
			if ra != rb {
				return int(ra) - int(rb)
			}
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}

// fold returns the rune that stands for all that are equal but for case: the
// small letter in ASCII, so that letters stand behind the underscore as they
// do without folding, and the least rune elsewhere.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if least < utf8.RuneSelf {
		return fold(least) // the Kelvin sign and the long s
	}
	return least
}
