package oidc

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
)

// MaxTokenLength is the longest token that is read, in bytes.
const MaxTokenLength = 8 << 10

// maxAudiences bounds the tenants that a token can make anyone look for.
const maxAudiences = 10

// Peek returns the issuer and the audiences that a token claims for itself. It
// checks no signature: what it returns may serve to find the tenant whose
// issuer this might be, so that Verify can tell, and nothing else may trust it.
// ok is false for whatever is no JWS in compact serialization, as opaque tokens
// are not, or names no issuer.
func Peek(token string) (issuer string, audiences []string, ok bool) {
	parsed, ok := parse(token)
	if !ok {
		return "", nil, false
	}
	issuer, _ = parsed.claims["iss"].(string)
	audiences, err := parsed.claims.audiences()
	if err != nil || issuer == "" {
		return "", nil, false
	}
	return issuer, audiences, true
}

// compact is a JWS in compact serialization, taken apart but not verified.
type compact struct {
	header  map[string]any
	payload []byte
	claims  claims // the payload
}

// parse takes a token apart. It reads neither JWE, which has five parts, nor a
// JWT inside a JWT, whose payload is no JSON object.
func parse(token string) (parsed compact, ok bool) {
	if len(token) > MaxTokenLength {
		return compact{}, false
	}
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 3 {
		return compact{}, false
	}
	header, ok := decodePart(parts[0])
	if !ok {
		return compact{}, false
	}
	if parsed.payload, ok = decodePart(parts[1]); !ok {
		return compact{}, false
	}
	if _, ok = decodePart(parts[2]); !ok {
		return compact{}, false
	}
	if parsed.header, ok = decodeObject(header); !ok {
		return compact{}, false
	}
	parsed.claims, ok = decodeObject(parsed.payload)
	return parsed, ok
}

var encoding = base64.RawURLEncoding.Strict()

// decodePart accepts one way of writing for each part: no padding, no line
// breaks, no bits left over.
func decodePart(part string) ([]byte, bool) {
	decoded, err := encoding.DecodeString(part)
	return decoded, err == nil && len(decoded) > 0 && encoding.EncodedLen(len(decoded)) == len(part)
}

// decodeObject reads a JSON object. Names count in their exact case, and a name
// that stands twice in an object, at any depth, makes the whole text invalid
// (go-jose's decoder; encoding/json would take the last, others the first). So
// does a number beyond the range of float64.
func decodeObject(text []byte) (map[string]any, bool) {
	if !utf8.Valid(text) { // the decoder would make all that is wrong equal, as U+FFFD
		return nil, false
	}
	var object map[string]any
	err := json.Unmarshal(text, &object)
	return object, err == nil && object != nil // null leaves it nil
}
