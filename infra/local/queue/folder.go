package queue

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/rolecall/rolecall/infra/local/atomicfile"
)

// folder holds files. Each method does its work at once; a file that is missing is fs.ErrNotExist.
type folder interface {
	names() ([]string, error) // in alphabetical order
	read(name string) ([]byte, error)
	write(name string, content []byte) error
	rename(from, to string) error
	remove(name string) error
}

// disk is a folder on disk, which may not be there yet.
type disk string

func (d disk) path(name string) string { return filepath.Join(string(d), name) }

func (d disk) names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}

func (d disk) read(name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

func (d disk) write(name string, content []byte) error {
	return atomicfile.Write(d.path(name), content, true)
}

func (d disk) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d disk) remove(name string) error { return os.Remove(d.path(name)) }

// memory is a folder of this process.
type memory struct {
	mu      sync.Mutex
	content map[string][]byte
}

func (m *memory) names() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.content)), nil
}

func (m *memory) read(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.content[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return content, nil
}

func (m *memory) write(name string, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.content[name] = content
	return nil
}

func (m *memory) rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.content[from]
	if !ok {
		return fs.ErrNotExist
	}
	delete(m.content, from)
	m.content[to] = content
	return nil
}

func (m *memory) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.content[name]; !ok {
		return fs.ErrNotExist
	}
	delete(m.content, name)
	return nil
}
