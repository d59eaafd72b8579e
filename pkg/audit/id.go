package audit

import (
	"crypto/rand"
	"encoding/base64"
	"time"
)

// idTime is how a time stands in ids: in UTC, to the millisecond, made of what
// codes are made of, and in the order of the times.
const idTime = "20060102T150405.000Z"

// NewID makes the id of a record of this time: the time and 48 random bits. Ids
// are codes, and in the order of their times.
func NewID(at time.Time) string {
	var unique [6]byte
	rand.Read(unique[:])
	return IDPrefix(at) + "-" + base64.RawURLEncoding.EncodeToString(unique[:])
}

// IDPrefix is what the ids of all records of this millisecond begin with, and of
// no others. A time of which there can be no record becomes the nearest.
func IDPrefix(at time.Time) string {
	at = at.UTC()
	switch {
	case at.Year() < 0:
		at = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case at.Year() > 9999:
		at = time.Date(9999, 12, 31, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	}
	return at.Format(idTime)
}

// IDTime is the time in an id; zero if it is none that NewID makes.
func IDTime(id string) time.Time {
	at, err := time.Parse(idTime, id[:min(len(id), len(idTime))])
	if err != nil {
		return time.Time{}
	}
	return at
}
