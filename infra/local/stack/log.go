package stack

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/gateway"
	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/lambda"
	"github.com/rolecall/rolecall/infra/local/template"
)

// logger writes what happens, a line each: for people, or the functions' own lines raw.
type logger struct {
	mu      sync.Mutex
	out     io.Writer
	raw     bool
	folders map[string]string // of functions, by logical id and by name
}

func newLogger(out io.Writer, raw bool, t *template.Template) *logger {
	if out == nil {
		out = io.Discard
	}
	l := &logger{out: out, raw: raw, folders: map[string]string{}}
	for _, f := range t.Functions {
		l.folders[f.LogicalID], l.folders[f.Name] = f.Folder, f.Folder
	}
	return l
}

func (l *logger) write(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, text+"\n") // there is nowhere else to complain
}

func (l *logger) stamped(at time.Time, format string, arguments ...any) {
	l.write(at.Format("15:04:05.000 ") + fmt.Sprintf(format, arguments...))
}

// printf tells of the runner itself, in either form.
func (l *logger) printf(format string, arguments ...any) {
	text := fmt.Sprintf(format, arguments...)
	if !l.raw {
		l.stamped(time.Now(), "%s", text)
		return
	}
	line, _ := json.Marshal(map[string]string{ // strings only: cannot fail
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": "WARN", "msg": text,
	})
	l.write(string(line))
}

func (l *logger) access(r gateway.Record) {
	if l.raw {
		return
	}
	line := fmt.Sprintf("%-6s %s %d", r.Method, r.Path, r.Status)
	if r.Function != "" {
		line += " " + l.folders[r.Function]
	}
	line += " " + milliseconds(r.Duration)
	if tenant, ok := r.Authorizer["tenant"].(string); ok {
		line += " " + tenant
	}
	if r.Error != "" {
		line += " (" + r.Error + ")"
	}
	l.stamped(r.Time, "%s", line)
}

func (l *logger) batch(logicalID string, start time.Time, payload, answer []byte, functionError string, err error) {
	if l.raw {
		return
	}
	var event struct{ Records []json.RawMessage }
	var report struct{ BatchItemFailures []json.RawMessage }
	_ = json.Unmarshal(payload, &event) // made by the event source
	outcome := "ok"
	switch {
	case err != nil:
		outcome = err.Error()
	case functionError != "":
		outcome = functionError + " " + string(answer)
	case json.Unmarshal(answer, &report) == nil && len(report.BatchItemFailures) > 0:
		outcome = fmt.Sprintf("%d failed", len(report.BatchItemFailures))
	}
	l.stamped(start, "STREAM %d records %s %s: %s", len(event.Records), l.folders[logicalID], milliseconds(time.Since(start)), outcome)
}

// attempt tells of an asynchronous invocation: raw only of one that is given up.
func (l *logger) attempt(a lambda.Attempt) {
	outcome := "ok"
	switch {
	case a.Err != nil:
		outcome = a.Err.Error()
	case a.Result.FunctionError != "":
		outcome = a.Result.FunctionError + " " + string(a.Result.Payload)
	}
	switch {
	case !a.Last:
		outcome += "; trying again"
	case a.Result.FunctionError != "":
		outcome += "; given up"
	}
	if !l.raw {
		l.stamped(a.Start, "%s %s %s: %s", a.Cause, l.folders[a.Function], milliseconds(time.Since(a.Start)), outcome)
	} else if a.Last && a.Result.FunctionError != "" {
		l.printf("asynchronous invocation of %s: %s", l.folders[a.Function], outcome)
	}
}

// line writes a function's log line: of JSON lines, for people, only those at WARN or above.
func (l *logger) line(line function.LogLine) {
	if l.raw {
		l.write(line.Text)
		return
	}
	var record struct{ Level, Msg, Message string }
	if json.Unmarshal([]byte(line.Text), &record) == nil {
		switch strings.ToUpper(record.Level) {
		case "TRACE", "DEBUG", "INFO":
			return
		}
	}
	l.stamped(line.Time, "%s: %s", l.folders[line.Function], line.Text)
}

func (l *logger) denied(d iam.Denial) {
	keys := ""
	if strings.HasPrefix(d.Action, "dynamodb:") {
		keys = fmt.Sprintf(" (leading keys %q)", d.LeadingKeys)
	}
	l.printf("%s may not %s on %s%s: no statement in template.yaml allows it", d.By(), d.Action, d.Resource, keys)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1fms", float64(d.Microseconds())/1000)
}
