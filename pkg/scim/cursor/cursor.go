package cursor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Errors of Open.
var (
	// ErrInvalid says that the cursor was not made with these keys for this
	// binding, or was changed since.
	ErrInvalid = errors.New("cursor is invalid")
	// ErrExpired says that the cursor's time is over.
	ErrExpired = errors.New("cursor has expired")
)

// KeySize is the length of a key's secret, in bytes.
const KeySize = 32

// Key seals cursors. Its ID stands in them.
type Key struct {
	ID     uint32
	Secret [KeySize]byte
}

// Binding is what a cursor is good for.
type Binding [sha256.Size]byte

// Bind makes a Binding of values. Where one ends and the next begins counts.
func Bind(values ...string) Binding {
	hash := sha256.New()
	var length [8]byte
	for _, value := range values {
		binary.BigEndian.PutUint64(length[:], uint64(len(value)))
		hash.Write(length[:])
		hash.Write([]byte(value))
	}
	return Binding(hash.Sum(nil))
}

// A cursor holds, in base64url: version (1 byte), id of the key (4), time of
// expiry in seconds since 1970 (8), nonce (12), and the encrypted position with
// its tag (16).
const (
	version      = 1
	keyIDAt      = 1
	expiryAt     = 5
	headerLength = 13
	nonceLength  = 12
	tagLength    = 16
)

// MaxLength is the longest cursor that is read, in bytes.
const MaxLength = 8 << 10

var encoding = base64.RawURLEncoding.Strict()

// Seal makes a cursor that holds position. It consists of the unreserved
// characters of RFC 3986 section 2.3 (RFC 9865 section 2).
func Seal(key Key, binding Binding, expires time.Time, position []byte) string {
	text := make([]byte, headerLength+nonceLength, headerLength+nonceLength+len(position)+tagLength)
	text[0] = version
	binary.BigEndian.PutUint32(text[keyIDAt:], key.ID)
	binary.BigEndian.PutUint64(text[expiryAt:], uint64(expires.Unix()))
	nonce := text[headerLength:]
	rand.Read(nonce)
	return encoding.EncodeToString(key.aead().Seal(text, nonce, position, additional(text[:headerLength], binding)))
}

// Open returns the position in a cursor, or ErrInvalid or ErrExpired. A cursor
// whose key is not among the keys has expired if it says so itself: keys are
// kept for as long as there can be a cursor of theirs.
func Open(keys []Key, binding Binding, now time.Time, cursor string) (position []byte, err error) {
	text, ok := decode(cursor)
	if !ok {
		return nil, ErrInvalid
	}
	header, nonce, sealed := text[:headerLength], text[headerLength:headerLength+nonceLength], text[headerLength+nonceLength:]
	expired := uint64(max(now.Unix(), 0)) >= binary.BigEndian.Uint64(header[expiryAt:])
	known := false
	for i := range keys {
		if keys[i].ID != binary.BigEndian.Uint32(header[keyIDAt:]) {
			continue
		}
		known = true
		if position, err := keys[i].aead().Open(nil, nonce, sealed, additional(header, binding)); err == nil {
			if expired {
				return nil, ErrExpired
			}
			return position, nil
		}
	}
	if expired && !known {
		return nil, ErrExpired
	}
	return nil, ErrInvalid
}

func decode(cursor string) ([]byte, bool) {
	if len(cursor) > MaxLength {
		return nil, false
	}
	text, err := encoding.DecodeString(cursor)
	return text, err == nil && len(text) >= headerLength+nonceLength+tagLength && text[0] == version && encoding.EncodedLen(len(text)) == len(cursor)
}

// additional is what is authenticated beside the position.
func additional(header []byte, binding Binding) []byte {
	return append(append(make([]byte, 0, headerLength+len(binding)), header...), binding[:]...)
}

func (k *Key) aead() cipher.AEAD {
	block, err := aes.NewCipher(k.Secret[:])
	if err != nil {
		panic(fmt.Sprintf("cursor: %v", err)) // only for another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("cursor: %v", err)) // only for another block size
	}
	return aead
}
