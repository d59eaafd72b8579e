//go:build unix && !linux

package engine

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func ownProcess() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// guard starts a shell that kills the engine when its standard input closes, which the system does when this process dies.
func guard(pid int) (stop func()) {
	watch := exec.Command("/bin/sh", "-c", `cat >/dev/null; kill -9 "$1"`, "guard", strconv.Itoa(pid))
	watch.SysProcAttr = ownProcess()
	input, err := watch.StdinPipe()
	if err != nil || watch.Start() != nil {
		return func() {}
	}
	return func() {
		_ = syscall.Kill(-watch.Process.Pid, syscall.SIGKILL)
		_ = input.Close()
		_ = watch.Wait()
	}
}

func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
