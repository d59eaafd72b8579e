package simulation

import "math/rand/v2"

// dice makes the choices of one operation.
type dice struct{ *rand.Rand }

// diceOf returns the dice of the operation with a number: what one operation
// rolls does not change what others do.
func diceOf(seed uint64, operation int) dice {
	return dice{rand.New(rand.NewPCG(seed, uint64(operation)))}
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

// between returns a number of least to most.
func (d dice) between(least, most int) int { return least + d.IntN(most-least+1) }

// weighted returns an index, each as often as its weight says.
func (d dice) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	roll := d.IntN(total)
	for i, w := range weights {
		if roll -= w; roll < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some returns each value with a chance, in order.
func some[T any](d dice, from []T, chance float64) []T {
	var picked []T
	for _, v := range from {
		if d.chance(chance) {
			picked = append(picked, v)
		}
	}
	return picked
}
