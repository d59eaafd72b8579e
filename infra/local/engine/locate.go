package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Locate returns the path of a dynoxide binary: the one on PATH, else the one of this Version under root/.local, which it
// installs with npm when it is missing. Processes that call it at the same time install once. progress, which may be nil,
// hears of an installation before it starts.
func Locate(ctx context.Context, root string, progress func(string)) (string, error) {
	if onPath, err := exec.LookPath("dynoxide"); err == nil {
		return onPath, nil
	}
	prefix, err := filepath.Abs(filepath.Join(root, ".local")) // npm runs in another folder
	if err != nil {
		return "", fmt.Errorf("find the folder for the DynamoDB engine: %w", err)
	}
	if binary, ok := installed(prefix); ok {
		return binary, nil
	}
	if err := os.MkdirAll(prefix, 0o755); err != nil {
		return "", fmt.Errorf("the folder for the DynamoDB engine cannot be created: %w", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(prefix, "engine.lock"))
	if err != nil {
		return "", fmt.Errorf("the folder for the DynamoDB engine is not writable: %w", err)
	}
	defer unlock()
	if binary, ok := installed(prefix); ok {
		return binary, nil
	}
	if progress != nil {
		progress("installing the DynamoDB engine: " + packageName() + "@" + Version)
	}
	if err := install(ctx, prefix); err != nil {
		return "", err
	}
	binary, ok := installed(prefix)
	if !ok {
		return "", fmt.Errorf("npm installed %s@%s, but it has no binary at %s", packageName(), Version, binary)
	}
	return binary, nil
}

// installed returns where npm puts the binary, and whether it is there in the right version.
func installed(prefix string) (binary string, ok bool) {
	folder := filepath.Join(prefix, "node_modules", filepath.FromSlash(packageName()))
	binary = filepath.Join(folder, "dynoxide")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	description, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return binary, false
	}
	var published struct{ Version string }
	if json.Unmarshal(description, &published) != nil || published.Version != Version {
		return binary, false
	}
	info, err := os.Stat(binary)
	return binary, err == nil && info.Mode().IsRegular()
}

func install(ctx context.Context, prefix string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is needed to install the DynamoDB engine: install Node.js, or put dynoxide on PATH, or set DYNAMODB_ENDPOINT")
	}
	var output bytes.Buffer
	command := exec.CommandContext(ctx, npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", prefix, packageName()+"@"+Version)
	command.Dir = prefix
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("npm could not install the DynamoDB engine %s@%s: %s", packageName(), Version, lastWords(output.String(), err))
	}
	return nil
}

// lastWords returns the last line of npm's output that says something about the fault.
func lastWords(output string, err error) string {
	words := err.Error()
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "npm error"))
		if line != "" && !strings.Contains(line, "complete log of this run") && !strings.HasSuffix(line, ".log") {
			words = line
		}
	}
	return words
}

// packageName is npm's name for the engine built for this machine.
func packageName() string {
	system, processor := runtime.GOOS, runtime.GOARCH
	if system == "windows" {
		system = "win32"
	}
	if processor == "amd64" {
		processor = "x64"
	}
	return "@dynoxide/" + system + "-" + processor
}
