package oidc

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	clockSkew          = time.Minute    // by which an issuer's clock may differ from ours
	maxLife            = 24 * time.Hour // from iat to exp
	maxPrincipalLength = 256            // characters
	maxTokenIDLength   = 128            // characters
	maxDate            = 253402300799   // the last second of the year 9999
)

// claims are a token's claims (RFC 7519 section 4), as decodeObject reads them.
type claims map[string]any

// check returns ErrInvalid unless the issuer made the claims for this audience
// and they are good at the time now.
func (c claims) check(issuer *tenant.Issuer, now time.Time) error {
	if url, ok := c["iss"].(string); !ok || url != issuer.URL {
		return invalid("iss is not the issuer's URL")
	}
	audiences, err := c.audiences()
	if err != nil {
		return err
	}
	if !slices.Contains(audiences, issuer.Audience) {
		return invalid("aud does not hold the issuer's audience")
	}
	return c.checkTimes(now)
}

func (c claims) checkTimes(now time.Time) error {
	expires, ok, err := c.date("exp")
	switch {
	case err != nil:
		return err
	case !ok:
		return invalid("exp is missing")
	case !now.Before(expires.Add(clockSkew)):
		return invalid("token has expired")
	}
	for _, name := range []string{"nbf", "iat"} {
		at, ok, err := c.date(name)
		if err != nil {
			return err
		}
		if ok && at.After(now.Add(clockSkew)) {
			return invalid("nbf or iat is in the future")
		}
	}
	if issued, ok, _ := c.date("iat"); ok && expires.Sub(issued) > maxLife {
		return invalid("token lives longer than a day")
	}
	return nil
}

// audiences returns the values of aud: one string or an array of them (RFC 7519
// section 4.1.3). Without the claim there are none.
func (c claims) audiences() ([]string, error) {
	audiences, ok := texts(c["aud"])
	if !ok {
		return nil, invalid("aud is neither a string nor an array of strings")
	}
	if len(audiences) > maxAudiences {
		return nil, invalid("aud has more than 10 values")
	}
	return audiences, nil
}

// date returns a NumericDate, seconds since 1970 that need not be whole (RFC
// 7519 section 2).
func (c claims) date(name string) (at time.Time, ok bool, err error) {
	value, ok := c[name]
	if !ok {
		return time.Time{}, false, nil
	}
	seconds, ok := value.(float64)
	if !ok || seconds < 0 || seconds > maxDate {
		return time.Time{}, false, invalid("exp, nbf or iat is no number of seconds since 1970")
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true, nil
}

// principal returns who the token is about.
func (c claims) principal(name string) (string, error) {
	principal, ok := c[name].(string)
	if !ok || principal == "" {
		return "", invalid("principal claim is missing or no string")
	}
	if !isPrintable(principal, maxPrincipalLength) {
		return "", invalid("principal claim is too long or not printable")
	}
	return principal, nil
}

// values returns the values of the claim with this name or, if there is none,
// at this path: names joined by dots that lead through objects, as in
// realm_access.roles. The whole name comes first because names of claims may
// hold dots themselves, as in https://acme.example/roles. A string is one
// value, whatever it holds. Without the claim there are no values.
func (c claims) values(claim string) ([]string, error) {
	values, ok := texts(c.at(claim))
	if !ok {
		return nil, invalid("roles claim is neither a string nor an array of strings")
	}
	return values, nil
}

func (c claims) at(claim string) any {
	if value, ok := c[claim]; ok {
		return value
	}
	var value any = map[string]any(c)
	for name := range strings.SplitSeq(claim, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// tokenID returns what names the token in logs, or "" if its jti cannot.
func (c claims) tokenID() string {
	id, _ := c["jti"].(string)
	if !isPrintable(id, maxTokenIDLength) {
		return ""
	}
	return id
}

// texts returns a string as one, an array of strings as they are, and nothing
// for what is absent or null.
func texts(value any) (found []string, ok bool) {
	switch value := value.(type) {
	case nil:
		return nil, true
	case string:
		return []string{value}, true
	case []any:
		for _, element := range value {
			text, ok := element.(string)
			if !ok {
				return nil, false
			}
			found = append(found, text)
		}
		return found, true
	default:
		return nil, false
	}
}

// isPrintable reports whether text is printable and not too long. U+FFFD stands
// for what could not be decoded, so two texts with it may not be the same.
func isPrintable(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) })
}
