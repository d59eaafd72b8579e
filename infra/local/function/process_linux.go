package function

import "syscall"

// ownProcessGroup lets a process be killed with its children, and be gone with us
// however we end.
func ownProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
