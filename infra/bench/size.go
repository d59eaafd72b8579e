package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
)

// sizes lists the compiled functions, the largest first.
func sizes(dir, bare string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("compiled functions: %w", err)
	}
	var files []os.FileInfo
	for _, entry := range entries {
		file, err := entry.Info()
		if err != nil {
			return fmt.Errorf("compiled functions: %w", err)
		}
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return cmp.Compare(b.Size(), a.Size()) })
	floor, err := os.Stat(bare)
	if err != nil {
		return fmt.Errorf("compiled functions: %w", err)
	}
	rows := [][]string{{"binary size, " + runtime.GOARCH + " (aim: under 9 MB; make build shows arm64)", "MB"}}
	for i, file := range files {
		row := []string{file.Name(), megabytes(file)}
		if i == 0 {
			row = append(row, "largest")
		}
		rows = append(rows, row)
	}
	printTable(append(rows, []string{"bare lambda.Start", megabytes(floor)}))
	return nil
}

func megabytes(file os.FileInfo) string { return fmt.Sprintf("%.2f", float64(file.Size())/1e6) }
