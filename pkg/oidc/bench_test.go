package oidc_test

import (
	"testing"

	"github.com/rolecall/rolecall/pkg/oidc"
)

// BenchmarkVerify is with keys that need not be fetched.
func BenchmarkVerify(b *testing.B) {
	for _, s := range []signer{rsaSigner, p256Signer, edSigner} {
		b.Run(s.algorithm, func(b *testing.B) {
			v := newVerifier()
			token := s.token(goodClaims().with("roles", []string{"staff", "admins"}))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := verify(b, v, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPeek(b *testing.B) {
	token := edSigner.token(goodClaims())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := oidc.Peek(token); !ok {
			b.Fatal("not read")
		}
	}
}
