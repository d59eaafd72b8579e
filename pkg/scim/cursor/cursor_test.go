package cursor_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/scim/cursor"
)

var (
	now     = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	key     = newKey()
	binding = cursor.Bind("acme", "administrator", "query")
)

func newKey() cursor.Key {
	k := cursor.Key{ID: mathrand.Uint32()}
	rand.Read(k.Secret[:])
	return k
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	for _, position := range []string{"", "RL_AUDITV", strings.Repeat("x", 2000)} {
		text := cursor.Seal(key, binding, now.Add(time.Hour), []byte(position))
		got, err := cursor.Open([]cursor.Key{newKey(), key}, binding, now, text)
		if err != nil || string(got) != position {
			t.Errorf("got %q, %v, want %q", got, err, position)
		}
		if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "" {
			t.Errorf("%q has characters that are reserved in URLs", text)
		}
		if position != "" && strings.Contains(text, position) {
			t.Errorf("%q shows its position", text)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	text := cursor.Seal(key, binding, now.Add(time.Hour), []byte("position"))
	keys := []cursor.Key{key}
	sameID := newKey()
	sameID.ID = key.ID
	tests := []struct {
		name    string
		keys    []cursor.Key
		binding cursor.Binding
		at      time.Time
		text    string
		want    error
	}{
		{"good", keys, binding, now, text, nil},
		{"in the last second", keys, binding, now.Add(time.Hour - time.Second), text, nil},
		{"expired", keys, binding, now.Add(time.Hour), text, cursor.ErrExpired},
		{"expired, its key gone", []cursor.Key{newKey()}, binding, now.Add(time.Hour), text, cursor.ErrExpired},
		{"expired, bound otherwise", keys, cursor.Bind("globex"), now.Add(time.Hour), text, cursor.ErrInvalid},
		{"key gone", nil, binding, now, text, cursor.ErrInvalid},
		{"other key of the same id", []cursor.Key{sameID}, binding, now, text, cursor.ErrInvalid},
		{"bound otherwise", keys, cursor.Bind("acme", "administrator", "another query"), now, text, cursor.ErrInvalid},
		{"empty", keys, binding, now, "", cursor.ErrInvalid},
		{"short", keys, binding, now, text[:30], cursor.ErrInvalid},
		{"cut", keys, binding, now, text[:len(text)-4], cursor.ErrInvalid},
		{"longer", keys, binding, now, text + "AAAA", cursor.ErrInvalid},
		{"padded", keys, binding, now, text + "=", cursor.ErrInvalid},
		{"line break", keys, binding, now, text[:8] + "\n" + text[8:], cursor.ErrInvalid},
		{"not base64", keys, binding, now, "VZUTiyhEQJ94IR!", cursor.ErrInvalid},
		{"huge", keys, binding, now, strings.Repeat("A", cursor.MaxLength+1), cursor.ErrInvalid},
	}
	for _, test := range tests {
		if _, err := cursor.Open(test.keys, test.binding, test.at, test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// TestTampering changes each character of a cursor.
func TestTampering(t *testing.T) {
	t.Parallel()
	text := cursor.Seal(key, binding, now.Add(time.Hour), []byte("position"))
	for i := range text {
		for _, other := range []byte("A_9z") {
			changed := text[:i] + string(other) + text[i+1:]
			if changed == text {
				continue
			}
			if position, err := cursor.Open([]cursor.Key{key}, binding, now, changed); err == nil {
				t.Errorf("changed at %d: got %q", i, position)
			}
		}
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	seen := map[cursor.Binding][]string{}
	for _, values := range [][]string{nil, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"a", "", "b"}} {
		b := cursor.Bind(values...)
		if other, twice := seen[b]; twice {
			t.Errorf("%q and %q are bound alike", values, other)
		}
		seen[b] = values
	}
}

// FuzzOpen opens anything: nothing but what Seal made may be accepted.
func FuzzOpen(f *testing.F) {
	f.Add("", "position")
	f.Add("VZUTiyhEQJ94IR", "")
	f.Add(cursor.Seal(key, binding, now.Add(time.Hour), []byte("RL_AUDITV")), "RL_AUDITV")
	f.Add(cursor.Seal(key, binding, now, nil), "\x00")
	fixed := cursor.Key{ID: 7}
	f.Fuzz(func(t *testing.T, text, position string) {
		if got, err := cursor.Open([]cursor.Key{fixed}, binding, now, text); err == nil {
			t.Errorf("%q was accepted as %q", text, got)
		}
		sealed := cursor.Seal(fixed, binding, now.Add(time.Second), []byte(position))
		if len(sealed) > cursor.MaxLength {
			return
		}
		if got, err := cursor.Open([]cursor.Key{fixed}, binding, now, sealed); err != nil || !bytes.Equal(got, []byte(position)) {
			t.Errorf("%q became %q, %v", position, got, err)
		}
	})
}
