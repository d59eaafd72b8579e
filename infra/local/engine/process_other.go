//go:build !unix

package engine

import (
	"os"
	"syscall"
)

func ownProcess() *syscall.SysProcAttr { return nil }

func guard(int) (stop func()) { return func() {} }

func terminate(process *os.Process) error { return process.Kill() }
