package main

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/runfile"
)

func TestLockIsExclusive(t *testing.T) {
	t.Parallel()
	p := newPlace(t.TempDir())
	unlock, err := p.lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.lock(); !errors.Is(err, errRunning) {
		t.Errorf("second lock: %v", err)
	}
	unlock()
	again, err := p.lock()
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	again()
}

func TestLockNeedsAFolder(t *testing.T) {
	t.Parallel()
	p := newPlace(t.TempDir())
	if err := os.WriteFile(p.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.lock(); err == nil || !strings.HasPrefix(err.Error(), "cannot write to .local") {
		t.Errorf("error %v", err)
	}
}

func TestRunnerMustAnswer(t *testing.T) {
	t.Parallel()
	p := newPlace(t.TempDir())
	unlock, err := p.lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := p.runner(); err == nil || !strings.Contains(err.Error(), "starting") {
		t.Errorf("before it is up: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	remove, err := runfile.Write(p.root, runfile.Running{Endpoint: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.runner(); err != nil || r.Endpoint != "http://"+listener.Addr().String() {
		t.Errorf("%+v, %v", r, err)
	}
	_ = listener.Close()
	if _, err := p.runner(); err == nil {
		t.Error("an engine that is gone was taken")
	}
	remove()
}

func TestPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	t.Setenv("PORT", taken)
	if _, err := port("PORT", 8080); err == nil || !strings.Contains(err.Error(), "port "+taken+" cannot be used, choose another with PORT=") {
		t.Errorf("error %v", err)
	}
	_ = listener.Close()
	if got, err := port("PORT", 8080); err != nil || strconv.Itoa(got) != taken {
		t.Errorf("port %d, %v", got, err)
	}
	t.Setenv("PORT", "http")
	if _, err := port("PORT", 8080); err == nil {
		t.Error("PORT=http was taken")
	}
}
