package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/rolecall/rolecall/infra/local/runfile"
)

// place is where the local runner keeps its things: .local in the project's folder.
type place struct {
	root, dir string
	// data is what FRESH=1 removes.
	data, functions string
}

func newPlace(root string) place {
	dir := filepath.Join(root, ".local")
	return place{root: root, dir: dir, data: filepath.Join(dir, "data"), functions: filepath.Join(dir, "functions")}
}

// errRunning says that another runner uses the place.
var errRunning = errors.New("already running on this data (.local): stop the other make run first")

// lock keeps a second runner away until this process ends, however it ends.
func (p place) lock() (unlock func(), err error) {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot write to .local: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(p.dir, "run.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot write to .local: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, errRunning
	}
	return func() { _ = file.Close() }, nil
}

// runner finds the one that holds the lock, and checks that its engine answers.
func (p place) runner() (runfile.Running, error) {
	r, err := runfile.Read(p.root)
	if errors.Is(err, runfile.ErrNone) {
		return r, errors.New("make run is starting: try again when it is up")
	}
	if err != nil {
		return r, err
	}
	endpoint, err := url.Parse(r.Endpoint)
	if err != nil {
		return r, fmt.Errorf("run.json: %w", err)
	}
	connection, err := net.DialTimeout("tcp", endpoint.Host, time.Second)
	if err != nil {
		return r, fmt.Errorf("the engine of make run does not answer: %w", err)
	}
	return r, connection.Close()
}

// port reads a port from the environment and checks that it is free.
func port(variable string, fallback int) (int, error) {
	number := fallback
	if text := os.Getenv(variable); text != "" {
		var err error
		if number, err = strconv.Atoi(text); err != nil || number < 1 || number > 65535 {
			return 0, fmt.Errorf("%s=%s is not a port", variable, text)
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(number)))
	if err != nil {
		return 0, fmt.Errorf("port %d cannot be used, choose another with %s=…: %w", number, variable, errors.Unwrap(err))
	}
	return number, listener.Close()
}
