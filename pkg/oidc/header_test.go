package oidc_test

import (
	"errors"
	"testing"

	"github.com/rolecall/rolecall/pkg/oidc"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	stranger := signer{"RS256", "rsa", otherRSA.key}
	v := newVerifier()
	for _, test := range []struct {
		header any
		ok     bool
	}{
		{object{"alg": "RS256"}, true},
		{object{"alg": "RS256", "kid": "rsa"}, true},
		{object{"alg": "RS256", "kid": ""}, true},
		{object{"alg": "RS256", "kid": "p256"}, false},
		{object{"alg": "RS256", "kid": nil}, false},
		{object{"alg": "RS256", "kid": 1}, false},
		{object{"alg": "RS256", "kid": []string{"rsa"}}, false},
		{object{"alg": "RS256", "typ": "jwt"}, true},
		{object{"alg": "RS256", "typ": "at+jwt"}, true},
		{object{"alg": "RS256", "typ": "AT+JWT"}, true},
		{object{"alg": "RS256", "typ": "application/at+jwt"}, true},
		{object{"alg": "RS256", "typ": "application/"}, false},
		{object{"alg": "RS256", "typ": "logout+jwt"}, false},
		{object{"alg": "RS256", "typ": "dpop+jwt"}, false},
		{object{"alg": "RS256", "typ": "JWE"}, false},
		{object{"alg": "RS256", "typ": ""}, false},
		{object{"alg": "RS256", "typ": nil}, false},
		{object{"alg": "RS256", "typ": 1}, false},
		{object{"alg": "RS256", "cty": "jwt"}, false},
		{object{"alg": "RS256", "cty": "application/JWT"}, false},
		{object{"alg": "RS256", "cty": "json"}, true},
		{object{"alg": "RS256", "crit": []string{"exp"}, "exp": 1}, false},
		{object{"alg": "RS256", "crit": []string{}}, false},
		{object{"alg": "RS256", "crit": nil}, false},
		{object{"alg": "RS256", "crit": []string{"b64"}, "b64": true}, false},
		{object{"alg": "RS256", "b64": true}, false},
		{object{"alg": "RS256", "b64": false}, false},
		{object{"alg": "RS256", "b64": nil}, false},
		{object{"alg": "RS256", "enc": "A128GCM"}, false},
		{object{"alg": "RS256", "zip": "DEF"}, false},
		{`{"alg":"RS256","alg":"none"}`, false},
		{`{"alg":"none","alg":"RS256"}`, false},
		{`{"alg":"RS256","\u0061lg":"RS256"}`, false},
		{`{"alg":"RS256","kid":"rsa","kid":"other"}`, false},
		{`{"ALG":"RS256"}`, false},
		{`{"alg":"RS256","CRIT":["exp"]}`, true}, // no parameter of this name is known, so it is ignored (RFC 7515 section 4)
		{` {"alg":"RS256"} `, true},
		{`{"alg":"RS256"}{}`, false},
		// Signed with the issuer's key, whatever the header says of others.
		{object{"alg": "RS256", "kid": "rsa", "jwk": stranger.jwk()}, true},
		{object{"alg": "RS256", "kid": "rsa", "jku": "https://evil.example/keys", "x5u": "https://evil.example/certificate"}, true},
	} {
		_, err := verify(t, v, rsaSigner.tokenWith(test.header, goodClaims()))
		if test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("header %s: %v", text(test.header), err)
		}
	}
}
