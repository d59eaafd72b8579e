// Package runfile is how a local runner that is up says where it is.
package runfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rolecall/rolecall/infra/local/atomicfile"
)

// Running describes a runner that is up.
type Running struct {
	PID      int      `json:"pid"`
	Endpoint string   `json:"endpoint"` // of the DynamoDB engine
	BaseURL  string   `json:"baseUrl"`  // of the API
	Operator Operator `json:"operator"`
}

// Operator is how operators invoke functions: at an endpoint of Lambda, with a key
// that is good while the runner is up.
type Operator struct {
	Endpoint    string `json:"endpoint"`
	AccessKeyID string `json:"accessKeyId"`
	StackName   string `json:"stackName"`
}

// ErrNone says that no runner has said that it is up.
var ErrNone = errors.New("no runner is up")

// Write says, for this user only, that a runner is up, until remove is called.
func Write(root string, r Running) (remove func(), err error) {
	content, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("run.json: %w", err)
	}
	if err := atomicfile.Write(path(root), content, false); err != nil {
		return nil, fmt.Errorf("cannot write to .local: %w", err)
	}
	return func() { _ = os.Remove(path(root)) }, nil
}

// Read returns the runner that is up, or ErrNone. One that was killed has left the
// same behind.
func Read(root string) (Running, error) {
	var r Running
	content, err := os.ReadFile(path(root))
	if errors.Is(err, fs.ErrNotExist) {
		return r, ErrNone
	}
	if err != nil {
		return r, fmt.Errorf("run.json: %w", err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, fmt.Errorf("run.json: %w", err)
	}
	return r, nil
}

func path(root string) string { return filepath.Join(root, ".local", "run.json") }

// FindRoot walks up from the working folder to the one with template.yaml.
func FindRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "template.yaml")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("there is no template.yaml here or above")
		}
		dir = filepath.Dir(dir)
	}
}
