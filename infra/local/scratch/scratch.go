// Package scratch makes folders for what a command builds and stores while it runs.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
)

// Folder makes a folder whose name begins with prefix, in .local of the project, in
// whose folder the command has to run: on the disk that make run uses, whose speed
// tells in the database. Whoever asks for it removes it.
func Folder(prefix string) (root, dir string, err error) {
	root, err = os.Getwd()
	if err != nil {
		return "", "", fmt.Errorf("working folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(root, "template.yaml")); err != nil {
		return "", "", fmt.Errorf("not the project's folder: %w", err)
	}
	local := filepath.Join(root, ".local")
	if err := os.MkdirAll(local, 0o755); err != nil {
		return "", "", fmt.Errorf("cannot write to .local: %w", err)
	}
	dir, err = os.MkdirTemp(local, prefix)
	if err != nil {
		return "", "", fmt.Errorf("cannot write to .local: %w", err)
	}
	return root, dir, nil
}
