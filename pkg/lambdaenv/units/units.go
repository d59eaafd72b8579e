// Package units adds up what calls of DynamoDB consume: for an invocation, or for
// whoever else has a meter.
package units

import (
	"context"
	"sync"
)

// Units is what calls consumed.
type Units struct {
	Read, Write float64
	// Calls were answered, be it with an error. Retries are no calls of their own.
	Calls int
}

// Meter adds up units. The zero Meter has none yet. It is safe for concurrent use.
type Meter struct {
	mutex sync.Mutex
	units Units
}

// Take returns the units since it was last called.
func (m *Meter) Take() Units {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	taken := m.units
	m.units = Units{}
	return taken
}

func (m *Meter) add(read, write float64) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.units.Read += read
	m.units.Write += write
	m.units.Calls++
}

type meterKey struct{}

// WithMeter returns a context whose calls m adds up.
func WithMeter(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// MeterOf returns the context's meter; nil if it has none.
func MeterOf(ctx context.Context) *Meter {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	return m
}
