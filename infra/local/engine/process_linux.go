package engine

import (
	"os"
	"syscall"
)

// ownProcess gives the engine its own process group, away from Ctrl-C, and has the kernel kill it when this process dies.
func ownProcess() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// guard has nothing to do where the kernel ends orphans.
func guard(int) (stop func()) { return func() {} }

func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
