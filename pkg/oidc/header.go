package oidc

import (
	"slices"
	"strings"
)

// header is what counts of a JOSE header (RFC 7515 section 4.1). Keys and
// references to keys in it (jwk, jku, x5u, x5c) do not: whoever signs would
// choose by what to be checked.
type header struct {
	algorithm string
	keyID     string // empty when the token does not say
}

// refusedParameters change what a token means: extensions that must be
// understood (crit), a payload that is not encoded (b64, RFC 7797), encryption
// (enc, zip).
var refusedParameters = []string{"crit", "b64", "enc", "zip"}

// readHeader returns the header, or ErrInvalid when its algorithm is none of
// those allowed or it says that the token is something else than a JWT.
func readHeader(parameters map[string]any, allowed []string) (header, error) {
	for _, name := range refusedParameters {
		if _, ok := parameters[name]; ok {
			return header{}, invalid("header holds crit, b64, enc or zip")
		}
	}
	algorithm, ok := parameters["alg"].(string)
	if !ok || !slices.Contains(allowed, algorithm) {
		return header{}, invalid("alg is not one of the issuer's algorithms")
	}
	if !isType(parameters, "typ", "JWT", "at+jwt") {
		return header{}, invalid("typ is neither JWT nor at+jwt")
	}
	if _, ok := parameters["cty"]; ok && isType(parameters, "cty", "JWT") {
		return header{}, invalid("token holds another token")
	}
	keyID := ""
	if value, ok := parameters["kid"]; ok {
		if keyID, ok = value.(string); !ok {
			return header{}, invalid("kid is no string")
		}
	}
	return header{algorithm, keyID}, nil
}

// isType reports whether a parameter is absent or one of the media types, which
// are compared without regard to case, and without the prefix that a media type
// without a slash stands for (RFC 7515 section 4.1.9, RFC 9068 section 4).
func isType(parameters map[string]any, name string, types ...string) bool {
	value, ok := parameters[name]
	if !ok {
		return true
	}
	text, ok := value.(string)
	const prefix = "application/"
	if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		text = text[len(prefix):]
	}
	return ok && slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(text, t) })
}
