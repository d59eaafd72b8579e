// Package atomicfile puts whole files in place, so that nobody reads half of one.
package atomicfile

import (
	"cmp"
	"os"
	"path/filepath"
)

// Write puts content at path at once, and makes the folder if there is none. durable makes it outlive a power cut.
func Write(path string, content []byte, durable bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if err == nil && durable {
		err = temporary.Sync()
	}
	err = cmp.Or(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
