//go:build unix && !linux

package function

import "syscall"

// ownProcessGroup lets a process be killed with its children.
func ownProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
