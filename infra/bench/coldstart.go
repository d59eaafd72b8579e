package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/template"
)

// coldStarts compares a function with a program that only starts. They take turns, so
// that whatever else the machine does hits both.
func coldStarts(ctx context.Context, root, binary, bare string, runs int) error {
	progress(fmt.Sprintf("starting %s and %s, %d times each", filepath.Base(binary), filepath.Base(bare), runs))
	settings, err := settingsOf(root, filepath.Base(binary))
	if err != nil {
		return err
	}
	var took [2][]time.Duration
	for run := range runs + 1 {
		for i, program := range []string{binary, bare} {
			settings.Binary = program
			d, err := coldStart(ctx, settings)
			if err != nil {
				return err
			}
			if run > 0 { // the first one read the binary from the disk
				took[i] = append(took[i], d)
			}
		}
	}
	rows := [][]string{{"cold start, ms", "runs", "median", "min", "max"}}
	for i, name := range []string{"get-role", "bare lambda.Start"} {
		rows = append(rows, []string{
			name, fmt.Sprint(runs), milliseconds(percentile(took[i], 50)), milliseconds(slices.Min(took[i])), milliseconds(slices.Max(took[i])),
		})
	}
	ratio := float64(percentile(took[0], 50)) / float64(percentile(took[1], 50))
	printTable(append(rows, []string{"ratio (aim: at most 1.6)", "", fmt.Sprintf("%.2f", ratio)}))
	return nil
}

// settingsOf a function are the template's. Nothing listens on its DynamoDB endpoint.
func settingsOf(root, folder string) (function.Settings, error) {
	t, err := template.Load(filepath.Join(root, "template.yaml"), nil)
	if err != nil {
		return function.Settings{}, err
	}
	i := slices.IndexFunc(t.Functions, func(f template.Function) bool { return f.Folder == folder })
	if i < 0 {
		return function.Settings{}, fmt.Errorf("there is no function %s in the template", folder)
	}
	f := t.Functions[i]
	f.Environment["DYNAMODB_ENDPOINT"] = "http://127.0.0.1:9"
	return function.Settings{
		Name: f.Name, ARN: f.ARN, Timeout: f.Timeout, MemoryMB: f.MemoryMB, Environment: f.Environment, Region: template.Region,
		Credentials: function.Credentials{AccessKeyID: "bench", SecretAccessKey: "bench", SessionToken: "bench"},
	}, nil
}

// coldStart starts a process and stops it again. It answers the time from the start
// to the first call of the Runtime API.
func coldStart(ctx context.Context, settings function.Settings) (time.Duration, error) {
	f := function.New(settings)
	defer f.Close()
	// The event names no caller: it is refused before the database is asked.
	result, err := f.Invoke(ctx, []byte(`{}`))
	if err != nil {
		return 0, err
	}
	if result.FunctionError != "" {
		return 0, fmt.Errorf("%s does not start: %s", filepath.Base(settings.Binary), result.Payload)
	}
	return result.InitDuration, nil
}
