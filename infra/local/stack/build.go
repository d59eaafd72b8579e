package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrBuild says that a function does not compile; the error's text is the compiler's.
var ErrBuild = errors.New("the functions do not build")

// Build compiles every function under root/functions for this machine, with the
// flags of a deployment, into binDir/<folder>.
func Build(ctx context.Context, root, binDir string, progress func(string)) error {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return fmt.Errorf("there are no functions under %s", filepath.Join(root, "functions"))
	}
	if err := os.MkdirAll(binDir, 0o755); err != nil {
		return fmt.Errorf("folder of the compiled functions: %w", err)
	}
	binDir, err = filepath.Abs(binDir)
	if err != nil {
		return fmt.Errorf("folder of the compiled functions: %w", err)
	}
	progress(fmt.Sprintf("building %d functions", len(mains)))
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w",
		"-o", binDir+string(filepath.Separator), "./functions/...")
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	stop := every(5*time.Second, func(since time.Duration) { progress(fmt.Sprintf("still building, %.0f s", since.Seconds())) })
	output, err := command.CombinedOutput()
	stop()
	if ctx.Err() != nil {
		return fmt.Errorf("build: %w", ctx.Err())
	}
	if err != nil && len(output) > 0 {
		return fmt.Errorf("%w:\n%s", ErrBuild, strings.TrimSpace(string(output)))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBuild, err)
	}
	return nil
}

// every calls tell again and again until it is stopped.
func every(interval time.Duration, tell func(since time.Duration)) (stop func()) {
	start := time.Now()
	ticker := time.NewTicker(interval)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				tell(time.Since(start))
			case <-done:
				ticker.Stop()
				return
			}
		}
	}()
	return func() { close(done) }
}
