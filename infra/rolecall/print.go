package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// say prints a line for people.
func (s *session) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", arguments...) // whoever closed the output reads no more
}

// note prints a line of progress, apart from what the command prints.
func (s *session) note(format string, arguments ...any) {
	_, _ = fmt.Fprintf(s.err, format+"\n", arguments...)
}

// table prints rows, the first of which is the heading, in columns.
func (s *session) table(rows [][]string) {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
}

// secret prints what is shown once.
func (s *session) secret(what, secret string) {
	s.say("%s It is shown only now:\n\n    %s\n", what, secret)
}

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// counted writes a number of things.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
