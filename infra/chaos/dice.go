package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

func between(dice *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(dice.Int64N(int64(most-least)))
}

func pick[T any](dice *rand.Rand, values ...T) T { return values[dice.IntN(len(values))] }

// anyOf is the id of one of the client's resources or, if it has none and at times, of
// another.
func anyOf[T any](c *client, have map[string]T, another string) string {
	if len(have) == 0 || c.dice.IntN(20) == 0 {
		return another
	}
	return pick(c.dice, ids(have)...)
}

// someOf are so many of the ids at most, sorted.
func someOf(c *client, ids []string, most int) []string {
	c.dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return slices.Sorted(slices.Values(ids[:min(len(ids), c.dice.IntN(most+1))]))
}

// ids are those of resources, sorted: the order of a map is no dice's.
func ids[T any](have map[string]T) []string { return slices.Sorted(maps.Keys(have)) }
