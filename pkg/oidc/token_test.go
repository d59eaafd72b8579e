package oidc_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/oidc"
)

func TestPeek(t *testing.T) {
	t.Parallel()
	good := edSigner.token(goodClaims())
	long := strings.Repeat("a", oidc.MaxTokenLength)
	for _, test := range []struct {
		name      string
		token     string
		audiences []string
		ok        bool
	}{
		{"good", good, []string{audience}, true},
		{"not signed by anyone", good[:strings.LastIndexByte(good, '.')] + ".AA", []string{audience}, true},
		{"two audiences", edSigner.token(goodClaims().with("aud", []string{"a", "b"})), []string{"a", "b"}, true},
		{"no audience", edSigner.token(goodClaims().without("aud")), nil, true},
		{"expired", edSigner.token(goodClaims().with("exp", 1)), []string{audience}, true},
		{"audience no string", edSigner.token(goodClaims().with("aud", 1)), nil, false},
		{"eleven audiences", edSigner.token(goodClaims().with("aud", strings.Split("abcdefghijk", ""))), nil, false},
		{"no issuer", edSigner.token(goodClaims().without("iss")), nil, false},
		{"issuer empty", edSigner.token(goodClaims().with("iss", "")), nil, false},
		{"issuer no string", edSigner.token(goodClaims().with("iss", []string{issuerURL})), nil, false},
		{"empty", "", nil, false},
		{"opaque", "rolecall_" + strings.Repeat("A", 43), nil, false},
		{"opaque with dots", "a.b.c", nil, false},
		{"dots only", "..", nil, false},
		{"many dots", strings.Repeat(".", oidc.MaxTokenLength), nil, false},
		{"two parts", good[:strings.LastIndexByte(good, '.')], nil, false},
		{"no signature", good[:strings.LastIndexByte(good, '.')+1], nil, false},
		{"four parts", good + ".AA", nil, false},
		{"JWE", good + ".AA.AA", nil, false},
		{"padded", good + "==", nil, false},
		{"line break", good + "\n", nil, false},
		{"huge", edSigner.token(goodClaims().with("filler", long)), nil, false},
		{"longest", exactly(oidc.MaxTokenLength), []string{audience}, true},
		{"one more", exactly(oidc.MaxTokenLength + 1), nil, false},
		{"payload no object", edSigner.token(`"payload"`), nil, false},
		{"payload empty", edSigner.token(``), nil, false},
		{"header no object", edSigner.tokenWith(`[]`, goodClaims()), nil, false},
	} {
		issuer, audiences, ok := oidc.Peek(test.token)
		if ok != test.ok || (issuer == issuerURL) != test.ok || !slices.Equal(audiences, test.audiences) {
			t.Errorf("%s: got %q, %q, %v", test.name, issuer, audiences, ok)
		}
	}
}

// exactly returns a token of this length.
func exactly(length int) string {
	token := edSigner.token(goodClaims())
	return token + strings.Repeat("A", length-len(token))
}

func FuzzPeek(f *testing.F) {
	good := edSigner.token(goodClaims())
	for _, seed := range []string{good, good + ".", "a.b.c", "..", "e30.e30.AA", edSigner.token(`{"iss":"a","aud":["b",{"c":[1e400]}]}`), edSigner.token(`{"iss":"a","iss":"b"}`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		issuer, audiences, ok := oidc.Peek(token)
		if !ok {
			if issuer != "" || audiences != nil {
				t.Errorf("not ok, but got %q, %q", issuer, audiences)
			}
			return
		}
		parts := strings.Split(token, ".")
		if len(token) > oidc.MaxTokenLength || len(parts) != 3 || len(audiences) > 10 {
			t.Fatalf("%d bytes, %d parts, %d audiences", len(token), len(parts), len(audiences))
		}
		// What another reader sees, one that does not look for duplicates.
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || base64.RawURLEncoding.EncodeToString(payload) != parts[1] {
			t.Fatalf("payload is not base64url: %v", err)
		}
		members := map[string]json.RawMessage{}
		if err := json.NewDecoder(bytes.NewReader(payload)).Decode(&members); err != nil {
			t.Fatalf("payload is no object: %v", err)
		}
		var other string
		if err := json.Unmarshal(members["iss"], &other); err != nil || other != issuer {
			t.Errorf("got issuer %q, another reader %q, %v", issuer, other, err)
		}
	})
}
