package queries

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Missing returns the query's fields that none of the log lines has, which are JSON.
func (q Query) Missing(log string) (fields []string, err error) {
	var lines []any
	for text := range strings.Lines(log) {
		var line any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			return nil, fmt.Errorf("log line %s: %w", text, err)
		}
		lines = append(lines, line)
	}
	for _, field := range q.Fields {
		found := false
		for _, line := range lines {
			found = found || has(line, strings.Split(field, "."))
		}
		if !found {
			fields = append(fields, field)
		}
	}
	return fields, nil
}

func has(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		member, ok := v[path[0]]
		return ok && has(member, path[1:])
	case []any:
		i, err := strconv.Atoi(path[0])
		return err == nil && i >= 0 && i < len(v) && has(v[i], path[1:])
	}
	return false
}
