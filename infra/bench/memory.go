package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory prints how much memory each function's processes have used at most, of those
// that still run. Only Linux tells.
func memory(binaries string) {
	peaks := map[string]int{} // by function, in KB
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		binary, err := os.Readlink(filepath.Join(process, "exe"))
		if err != nil || filepath.Dir(binary) != binaries {
			continue
		}
		status, err := os.ReadFile(filepath.Join(process, "status"))
		if err != nil {
			continue // it has ended
		}
		name := filepath.Base(binary)
		peaks[name] = max(peaks[name], peakOf(string(status)))
	}
	rows := [][]string{{"memory after the load, MB", "at most"}}
	for _, name := range []string{"authorize", "get-role", "list-roles", "create-role", "sync-permission-sets"} {
		if peaks[name] > 0 {
			rows = append(rows, []string{name, fmt.Sprintf("%.1f", float64(peaks[name])/1000)})
		}
	}
	if len(rows) > 1 {
		printTable(rows)
	}
}

// peakOf reads VmHWM, in KB, from a process's status (proc(5)).
func peakOf(status string) int {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return kb
		}
	}
	return 0
}
