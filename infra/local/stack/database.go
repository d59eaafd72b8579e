package stack

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/template"
)

// database is DynamoDB: an engine that is started anew whenever it dies, or one that
// runs elsewhere.
type database struct {
	endpoint string
	options  engine.Options
	tables   []template.Table
	log      *logger

	mu      sync.Mutex
	engine  *engine.Engine
	closing chan struct{}
	stopped sync.WaitGroup
}

func openDatabase(ctx context.Context, o Options, tables []template.Table, log *logger) (*database, error) {
	d := &database{endpoint: o.Endpoint, tables: tables, log: log, closing: make(chan struct{})}
	if o.Endpoint != "" {
		return d, d.createTables(ctx)
	}
	binary, err := engine.Locate(ctx, o.Root, o.Progress)
	if err != nil {
		return d, err
	}
	d.options = engine.Options{Binary: binary, DataDir: o.DataDir, Port: o.EnginePort}
	if d.engine, err = engine.Start(ctx, d.options); err != nil {
		return d, err
	}
	d.endpoint = d.engine.Endpoint()
	d.options.Port = d.engine.Port()
	d.stopped.Go(d.supervise)
	return d, d.createTables(ctx)
}

func (d *database) createTables(ctx context.Context) error {
	for _, table := range d.tables {
		if err := engine.CreateTable(ctx, engine.NewClient(d.endpoint), table.Create, table.TTLAttribute); err != nil {
			return err
		}
	}
	return nil
}

// supervise restarts the engine on its port: DynamoDB does not go away either.
func (d *database) supervise() {
	for {
		d.mu.Lock()
		running := d.engine
		d.mu.Unlock()
		select {
		case <-d.closing:
			return
		case <-running.Done():
		}
		select {
		case <-d.closing:
			return
		default:
		}
		d.log.printf("%v; starting it again", running.Err())
		d.restart()
	}
}

// restart tries until it succeeds or the stack is closed.
func (d *database) restart() {
	for {
		err := d.restartOnce()
		if err == nil {
			return
		}
		d.log.printf("%v; trying again", err)
		select {
		case <-d.closing:
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (d *database) restartOnce() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	fresh, err := engine.Start(ctx, d.options)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.engine = fresh
	d.mu.Unlock()
	select {
	case <-d.closing: // Close may have missed it
		return fresh.Close()
	default:
	}
	return d.createTables(ctx) // an engine in memory starts empty
}

// Endpoint is the base URL.
func (d *database) Endpoint() string { return d.endpoint }

// PID is 0 without an engine of our own.
func (d *database) PID() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.engine == nil {
		return 0
	}
	return d.engine.PID()
}

// Close stops the engine.
func (d *database) Close() error {
	close(d.closing)
	d.mu.Lock()
	running := d.engine
	d.mu.Unlock()
	var err error
	if running != nil {
		err = running.Close()
	}
	d.stopped.Wait()
	if err != nil {
		return fmt.Errorf("stop the engine: %w", err)
	}
	return nil
}
