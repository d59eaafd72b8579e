package capacity

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/template"
)

// Engine is a DynamoDB engine in memory with the template's table, which has no
// stream: that would slow down writes with every record.
type Engine struct {
	Client  *dynamodb.Client
	Table   string
	running *engine.Engine
}

// StartEngine starts one from the project's folder. Progress hears of what takes
// time.
func StartEngine(ctx context.Context, root string, progress func(string)) (*Engine, error) {
	binary, err := engine.Locate(ctx, root, progress)
	if err != nil {
		return nil, err
	}
	running, err := engine.Start(ctx, engine.Options{Binary: binary})
	if err != nil {
		return nil, err
	}
	e := &Engine{Client: engine.NewClient(running.Endpoint()), running: running}
	if err := e.createTable(ctx, root); err != nil {
		_ = running.Close() // the first error tells more
		return nil, err
	}
	return e, nil
}

func (e *Engine) createTable(ctx context.Context, root string) error {
	loaded, err := template.Load(filepath.Join(root, "template.yaml"), nil)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	table := loaded.Tables[0]
	table.Create.StreamSpecification = nil
	e.Table = table.Name
	return engine.CreateTable(ctx, e.Client, table.Create, "")
}

// Close stops the engine.
func (e *Engine) Close() error { return e.running.Close() }
