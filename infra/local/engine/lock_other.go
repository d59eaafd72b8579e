//go:build !unix

package engine

import "context"

// lockFile takes no lock: outside Unix the runner is started by hand, one at a time.
func lockFile(context.Context, string) (unlock func(), err error) { return func() {}, nil }
