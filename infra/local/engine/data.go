package engine

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// emptyData is a database that dynoxide of this Version made in an empty folder, with one index more:
//
//	CREATE INDEX stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER)); VACUUM;
//
// The engine keeps every stream record and numbers the next one by the highest, which without an index reads them all: after
// 17,000 changes a write takes ten times as long.
//
//go:embed empty.sqlite.gz
var emptyData []byte

func dataFile(dataDir string) string { return filepath.Join(dataDir, "dynamodb.sqlite") }

// prepareData puts the empty database where there is none yet. Another version of the engine makes its own.
func prepareData(ctx context.Context, options Options) error {
	if options.DataDir == "" {
		return nil
	}
	if _, err := os.Stat(dataFile(options.DataDir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if version, err := exec.CommandContext(ctx, options.Binary, "--version").Output(); err != nil || !strings.HasSuffix(strings.TrimSpace(string(version)), " "+Version) {
		return nil // Start says what is wrong with the binary, if anything is
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(emptyData))
	if err != nil {
		return fmt.Errorf("unpack the empty database: %w", err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		return fmt.Errorf("unpack the empty database: %w", err)
	}
	temporary := dataFile(options.DataDir) + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return fmt.Errorf("make the empty database: %w", err)
	}
	if err := os.Rename(temporary, dataFile(options.DataDir)); err != nil {
		return fmt.Errorf("make the empty database: %w", err)
	}
	return nil
}
