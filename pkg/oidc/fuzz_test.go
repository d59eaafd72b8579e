package oidc_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
)

// FuzzVerify: whatever header and claims are, nothing is accepted that the
// issuer did not sign, and of what it did sign, nothing that another reader
// would take for something else.
func FuzzVerify(f *testing.F) {
	good := text(goodClaims().with("roles", []string{"staff"}))
	header := text(edSigner.header())
	signature := edSigner.sign(encode(header) + "." + encode(good))
	f.Add(header, good, signature, false)
	f.Add(header, good, []byte{}, true)
	f.Add(`{"alg":"none"}`, good, []byte{1}, false)
	f.Add(`{"alg":"EdDSA","b64":false,"crit":["b64"]}`, good, []byte{}, true)
	f.Add(`{"alg":"EdDSA","jwk":`+text(edSigner.jwk())+`}`, good, []byte{}, true)
	f.Add(`{"alg":"HS256","kid":"rsa"}`, good, []byte{1}, true)
	f.Add(`{"alg":"ES256","kid":"p256"}`, good, make([]byte, 64), false)
	f.Add(`{"alg":"RS256","kid":"rsa"}`, good, make([]byte, 256), false)
	f.Add(header, member(goodClaims(), "exp", "1e400"), []byte{}, true)
	f.Add(header, member(goodClaims(), "aud", `[["a"]]`), []byte{}, true)
	f.Add(header, strings.Replace(good, "alice", `\ud800`, 1), []byte{}, true)
	known := encode(header) + "." + encode(good)
	v := newVerifier()
	f.Fuzz(func(t *testing.T, header, payload string, signature []byte, signed bool) {
		input := encode(header) + "." + encode(payload)
		if signed {
			signature = edSigner.sign(input)
		}
		got, err := verify(t, v, input+"."+encode(signature))
		if err != nil {
			if !errors.Is(err, oidc.ErrInvalid) {
				t.Errorf("got %v", err)
			}
			return
		}
		if !signed && input != known {
			t.Fatalf("accepted without a signature: %s %s", header, payload)
		}
		var read map[string]any // not a struct, for which encoding/json takes names in any case
		if err := json.Unmarshal([]byte(payload), &read); err != nil {
			t.Fatalf("accepted %s: %v", payload, err)
		}
		expires, ok := read["exp"].(float64)
		if read["iss"] != issuerURL || read["sub"] != got.Principal || got.Principal == "" || !hasAudience(read["aud"]) ||
			!ok || time.Unix(int64(expires), 0).Before(now.Add(-61*time.Second)) || got.TokenID == "" || !slices.IsSorted(got.Roles) {
			t.Errorf("accepted %s as %+v", payload, got)
		}
	})
}

func hasAudience(value any) bool {
	values, _ := value.([]any)
	return value == any(audience) || slices.Contains(values, any(audience))
}
