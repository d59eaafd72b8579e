package main

import (
	"context"
	"sync"
)

// gate stands between the stream and the functions behind it.
type gate struct {
	counts *counts

	mutex sync.Mutex
	shut  chan struct{} // closed when the gate opens; nil while it is open
}

// onBatch holds a batch back while the gate is shut.
func (g *gate) onBatch(ctx context.Context, _ string) {
	g.mutex.Lock()
	shut := g.shut
	g.mutex.Unlock()
	if shut == nil {
		return
	}
	g.counts.hit(paused)
	select {
	case <-shut:
	case <-ctx.Done():
	}
}

func (g *gate) close() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.shut = make(chan struct{})
}

func (g *gate) open() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}
