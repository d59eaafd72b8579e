package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tables are those of the README, in Markdown.
func tables(m measured, p prices) string {
	var b strings.Builder
	b.WriteString("| a million times | read units | write units | round trips | stream | $ |\n|---|---|---|---|---|---|\n")
	for _, o := range m.operations {
		stream, note := (*usage)(nil), ""
		if o.wakesSync {
			stream, note = &m.sync, fmt.Sprintf("%.1f + %.1f", m.sync.read, m.sync.write)
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %d | %s | %.2f |\n", o.name, o.usage.read, o.usage.write, o.usage.calls, note, p.ofMillion(o.usage, m.authorizer, stream))
	}
	fmt.Fprintf(&b, "\nA thousand tenants of whom nobody calls cost $%.3f a month: %.1f KB each, kept and backed up, and a daily reconciliation at %.1f read units.\n",
		p.ofIdle(m.idleBytes, m.reconcile), float64(m.idleBytes)/1000, m.reconcile.read)
	return b.String()
}

// What stands between these in the README is renewed.
const (
	tablesBegin = "<!-- go run ./infra/cost -write -->\n"
	tablesEnd   = "<!-- end -->\n"
)

func renew(root, tables string) error {
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, _, after, err := around(string(readme))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+tables+after), 0o644)
}

// around takes the README apart at its tables.
func around(readme string) (before, tables, after string, err error) {
	begin := strings.Index(readme, tablesBegin)
	end := strings.Index(readme, tablesEnd)
	if begin < 0 || end < begin {
		return "", "", "", fmt.Errorf("README.md lacks %q and %q", tablesBegin, tablesEnd)
	}
	begin += len(tablesBegin)
	return readme[:begin], readme[begin:end], readme[end:], nil
}
