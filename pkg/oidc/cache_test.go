package oidc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// fresh are claims that are good for the next minutes, by the bubble's clock.
func fresh() object {
	return goodClaims().with("iat", time.Now().Unix()).with("exp", time.Now().Add(time.Hour).Unix())
}

// checker verifies tokens in a bubble, and counts fetches.
type checker struct {
	t    *testing.T
	site *website
	v    *oidc.Verifier
}

func inBubble(t *testing.T, test func(*testing.T, checker)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := siteOf(map[string]string{keysURL: jwks(edSigner)})
		test(t, checker{t, site, oidc.New(site, time.Now)})
	})
}

// expect verifies a token that s makes now, and says what has to come of it and
// how often keys have been fetched by then.
func (c checker) expect(what string, s signer, want error, fetches int) {
	c.t.Helper()
	if _, err := verify(c.t, c.v, s.token(fresh())); !errors.Is(err, want) {
		c.t.Errorf("%s: got %v, want %v", what, err, want)
	}
	if got := c.site.count(keysURL); got != fetches {
		c.t.Errorf("%s: keys were fetched %d times, want %d", what, got, fetches)
	}
}

func named(s signer, id string) signer {
	s.id = id
	return s
}

func TestKeysAreKept(t *testing.T) {
	inBubble(t, func(_ *testing.T, c checker) {
		for range 100 {
			c.expect("first hour", edSigner, nil, 1)
		}
		time.Sleep(time.Hour - time.Second)
		c.expect("within an hour", edSigner, nil, 1)
		time.Sleep(time.Second)
		c.expect("after an hour", edSigner, nil, 2)
		c.expect("after an hour, again", edSigner, nil, 2)
	})
}

func TestCacheControl(t *testing.T) {
	t.Parallel()
	for header, life := range map[string]time.Duration{
		"max-age=600": 10 * time.Minute,
		"public, must-revalidate, MAX-AGE=\"600\"": 10 * time.Minute,
		"max-age=0":                    5 * time.Minute,
		"max-age=1":                    5 * time.Minute,
		"max-age=86400":                time.Hour,
		"max-age=99999999999999999999": time.Hour,
		"max-age=-1":                   time.Hour,
		"max-age":                      time.Hour,
		"s-maxage=600":                 time.Hour,
		"no-store":                     time.Hour,
		"":                             time.Hour,
	} {
		t.Run(header, func(t *testing.T) {
			inBubble(t, func(_ *testing.T, c checker) {
				c.site.handle(keysURL, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Cache-Control", header)
					fmt.Fprint(w, jwks(edSigner))
				})
				c.expect("first", edSigner, nil, 1)
				time.Sleep(life - time.Second)
				c.expect("just before", edSigner, nil, 1)
				time.Sleep(time.Second)
				c.expect("after", edSigner, nil, 2)
			})
		})
	}
}

// TestUnknownKeyIDs: whatever callers send, keys are fetched once in five
// minutes.
func TestUnknownKeyIDs(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		c.expect("first", edSigner, nil, 1)
		fetches := 1
		for minute := range 60 {
			if minute > 0 && minute%5 == 0 {
				fetches++
			}
			for i := range 20 {
				c.expect("flood", named(edSigner, fmt.Sprint(minute, "-", i)), oidc.ErrInvalid, fetches)
			}
			c.expect("good one in the flood", edSigner, nil, fetches)
			time.Sleep(time.Minute)
		}
		if fetches != 12 {
			t.Errorf("%d fetches in an hour", fetches)
		}
	})
}

// TestWrongSignatures: no fetch for a signature that a known key did not make,
// nor for what would not be good if it had.
func TestWrongSignatures(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		expired := named(edSigner, "unknown").token(goodClaims().with("exp", 1))
		if _, err := verify(t, c.v, expired); !errors.Is(err, oidc.ErrInvalid) || c.site.count(keysURL) != 0 {
			t.Errorf("expired: got %v, and %d fetches", err, c.site.count(keysURL))
		}
		c.expect("first", edSigner, nil, 1)
		time.Sleep(30 * time.Minute)
		c.expect("wrong signature", signer{"EdDSA", "ed", newEdKey()}, oidc.ErrInvalid, 1)
		c.expect("right one", edSigner, nil, 1)
	})
}

func TestRotation(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		next := signer{"EdDSA", "next", newEdKey()}
		c.expect("first", edSigner, nil, 1)
		time.Sleep(time.Minute)
		c.site.put(keysURL, jwks(edSigner, next))
		c.expect("new key, too early", next, oidc.ErrInvalid, 1)
		time.Sleep(4 * time.Minute)
		c.expect("new key", next, nil, 2)
		c.expect("old key", edSigner, nil, 2)
		c.site.put(keysURL, jwks(next))
		time.Sleep(time.Hour)
		c.expect("old key is gone", edSigner, oidc.ErrInvalid, 3)
		c.expect("new key alone", next, nil, 3)
		c.site.put(keysURL, keySet([]object{}...))
		time.Sleep(time.Hour)
		c.expect("all keys are gone", next, oidc.ErrInvalid, 4)
	})
}

// TestRotationWithoutKeyIDs: issuers that name no keys have new ones, too.
func TestRotationWithoutKeyIDs(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		c.site.put(keysURL, jwks(named(edSigner, "")))
		verifyUnnamed := func(s signer) error {
			_, err := verify(t, c.v, s.tokenWith(object{"alg": "EdDSA"}, fresh()))
			return err
		}
		next := signer{"EdDSA", "", newEdKey()}
		if err := verifyUnnamed(edSigner); err != nil {
			t.Errorf("first: %v", err)
		}
		c.site.put(keysURL, jwks(next))
		time.Sleep(5 * time.Minute)
		if err := verifyUnnamed(next); err != nil {
			t.Errorf("new key: %v", err)
		}
		if err := verifyUnnamed(edSigner); !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("old key: %v", err)
		}
		if got := c.site.count(keysURL); got != 2 {
			t.Errorf("%d fetches", got)
		}
	})
}

// TestIssuerIsDown: its keys are good for a day, and it is asked again every
// quarter of a minute at most.
func TestIssuerIsDown(t *testing.T) {
	inBubble(t, func(_ *testing.T, c checker) {
		c.expect("first", edSigner, nil, 1)
		time.Sleep(59 * time.Minute)
		c.site.fail(keysURL, http.StatusServiceUnavailable)
		c.expect("unknown key: a fetch fails", named(edSigner, "unknown"), oidc.ErrUnavailable, 2)
		c.expect("unknown key: nobody knows", named(edSigner, "unknown"), oidc.ErrUnavailable, 2)
		time.Sleep(time.Minute)
		for range 10 {
			c.expect("stale", edSigner, nil, 3)
		}
		time.Sleep(15*time.Second - time.Nanosecond)
		c.expect("still stale", edSigner, nil, 3)
		time.Sleep(time.Nanosecond)
		c.expect("asked again", edSigner, nil, 4)
		time.Sleep(23*time.Hour - 15*time.Second)
		c.expect("a day old", edSigner, nil, 5)
		time.Sleep(time.Second)
		c.expect("older", edSigner, oidc.ErrUnavailable, 5)
		c.site.put(keysURL, jwks(edSigner))
		time.Sleep(14 * time.Second)
		c.expect("back again", edSigner, nil, 6)
		c.expect("unknown key: the issuer would have it", named(edSigner, "unknown"), oidc.ErrInvalid, 6)
	})
}

func TestIssuerIsDownFirst(t *testing.T) {
	inBubble(t, func(_ *testing.T, c checker) {
		c.site.fail(keysURL, http.StatusInternalServerError)
		for range 10 {
			c.expect("down", edSigner, oidc.ErrUnavailable, 1)
		}
		c.site.put(keysURL, jwks(edSigner))
		time.Sleep(15 * time.Second)
		c.expect("up", edSigner, nil, 2)
	})
}

// TestSlowIssuer: it has two seconds, whoever waits for it and however often.
func TestSlowIssuer(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		c.site.handle(keysURL, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		start := time.Now()
		var waiting sync.WaitGroup
		for range 50 {
			waiting.Go(func() {
				if _, err := verify(t, c.v, edSigner.token(fresh())); !errors.Is(err, oidc.ErrUnavailable) || errors.Is(err, oidc.ErrInvalid) {
					t.Errorf("got %v", err)
				}
			})
		}
		waiting.Wait()
		if waited := time.Since(start); waited != 2*time.Second || c.site.count(keysURL) != 1 {
			t.Errorf("waited %v for %d fetches", waited, c.site.count(keysURL))
		}
	})
}

// TestOneFetchForAll: callers at the same time share it, also when the one for
// whom it began goes away.
func TestOneFetchForAll(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		c.site.handle(keysURL, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			fmt.Fprint(w, jwks(edSigner))
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.v.Verify(ctx, newIssuer(), edSigner.token(fresh())); !errors.Is(err, oidc.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("first caller: got %v", err)
		}
		var waiting sync.WaitGroup
		for range 50 {
			waiting.Go(func() {
				if _, err := verify(t, c.v, edSigner.token(fresh())); err != nil {
					t.Errorf("others: %v", err)
				}
			})
		}
		waiting.Wait()
		if got := c.site.count(keysURL); got != 1 {
			t.Errorf("%d fetches", got)
		}
		time.Sleep(5 * time.Minute)
		for range 50 {
			waiting.Go(func() {
				if _, err := verify(t, c.v, named(edSigner, "unknown").token(fresh())); !errors.Is(err, oidc.ErrInvalid) {
					t.Errorf("unknown key: got %v", err)
				}
			})
		}
		waiting.Wait()
		if got := c.site.count(keysURL); got != 2 {
			t.Errorf("%d fetches with unknown keys", got)
		}
	})
}

// TestManyIssuers: the keys of a hundred are kept, and those that are used
// longest.
func TestManyIssuers(t *testing.T) {
	inBubble(t, func(t *testing.T, c checker) {
		check := func(n int) {
			t.Helper()
			url := fmt.Sprintf("https://login.acme.example/%d", n)
			if c.site.count(url+"/keys") == 0 {
				c.site.put(url+"/keys", jwks(edSigner))
			}
			issuer := tenant.Issuer{URL: url, Audience: audience, KeysURL: url + "/keys", Algorithms: []string{"EdDSA"}}
			if _, err := c.v.Verify(t.Context(), issuer, edSigner.token(fresh().with("iss", url))); err != nil {
				t.Errorf("issuer %d: %v", n, err)
			}
			time.Sleep(time.Millisecond)
		}
		expect := func(n, fetches int) {
			t.Helper()
			if got := c.site.count(fmt.Sprintf("https://login.acme.example/%d/keys", n)); got != fetches {
				t.Errorf("keys of issuer %d were fetched %d times, want %d", n, got, fetches)
			}
		}
		for n := range 100 {
			check(n)
		}
		check(0)
		expect(0, 1)
		check(100) // takes the place of 1
		check(0)
		expect(0, 1)
		check(1)
		expect(1, 2)
		expect(99, 1)
	})
}
