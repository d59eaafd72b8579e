package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

func (s *session) tenantExport() *cobra.Command {
	var file string
	c := verb{
		use:  "export TENANT",
		does: "Write all that a tenant has as JSON lines, without anything secret",
		traffic: "it flows on. What changes meanwhile may or may not be in the export; each role, set\n" +
			"and user is whole, with its version.",
		example: "tenant export acme --output acme.jsonl\ntenant export acme | jq -c 'select(.type == \"role\")'",
		do: func(ctx context.Context, arguments []string) error {
			if file == "" {
				_, err := s.export(ctx, arguments[0], s.out)
				return err
			}
			return s.exportTo(ctx, arguments[0], file)
		},
	}.command()
	c.Flags().StringVar(&file, "output", "", "`FILE` to write, for you only to read; the output without it")
	return c
}

// exportTo puts a whole export in place, or none.
func (s *session) exportTo(ctx context.Context, tenant, file string) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".export-*") // with the mode 0600
	if err != nil {
		return err
	}
	n, err := s.export(ctx, tenant, temporary)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return err
	}
	s.note("%s of %s written to %s", counted(n, "object"), tenant, file)
	return nil
}

// export writes the lines of all pages, and returns how many.
func (s *session) export(ctx context.Context, tenant string, w io.Writer) (lines int, err error) {
	out := bufio.NewWriter(w)
	for request, more := (operator.ExportRequest{Tenant: tenant}), true; more; {
		var page operator.ExportAnswer
		if _, err := s.read(ctx, "export-tenant", request, &page); err != nil {
			return lines, err
		}
		for _, line := range page.Lines {
			if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
				return lines, err
			}
			lines++
		}
		request.Next, more = page.Next, page.Next != ""
	}
	return lines, out.Flush()
}
