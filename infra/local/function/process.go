//go:build unix

package function

import "syscall"

// killProcessGroup ends a process and its children; one that is already gone is fine.
func killProcessGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}
