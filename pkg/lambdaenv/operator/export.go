package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ExportRequest is the event by which an operator reads all that a tenant has,
// page by page.
type ExportRequest struct {
	Tenant string `json:"tenant"`
	Next   string `json:"next,omitempty"` // of the answer before
}

// ExportAnswer is a page: JSON objects, each with its type, and where to go on
// unless it is the last.
type ExportAnswer struct {
	Lines []json.RawMessage `json:"lines"`
	Next  string            `json:"next,omitempty"`
}

// exportBytes is how many bytes of lines an answer holds at most. Lambda's limit is
// 6 MB.
const exportBytes = 4_000_000 - 1000

var errWrongNext = errors.New("next has to be what an earlier answer of this function said")

// ServeExport runs the function that exports tenants.
func ServeExport() {
	env := lambdaenv.MustLoad()
	serve(env, export{env.Store, exportBytes, rolesPerLine}.handle)
}

type export struct {
	store     exportStore
	bytes     int // of an answer's lines, at most
	roleCodes int // of a line, at most
}

func (e export) handle(ctx context.Context, request ExportRequest) (ExportAnswer, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return ExportAnswer{}, err
	}
	page, err := e.page(ctx, t, request.Next)
	if err != nil {
		return ExportAnswer{}, explain(t, fmt.Errorf("export tenant %s: %w", t, err))
	}
	return page, nil
}

// section is one kind of what a tenant has.
type section struct {
	name string
	// read returns some of the lines behind a place ("" for the first), in a
	// stable order, and whether more may follow.
	read func(ctx context.Context, t tenant.ID, behind string) (lines []line, more bool, err error)
}

// line is one object of an export, and its place in the section.
type line struct {
	place  string
	object any
}

// page goes through the sections from a place on until the lines fill an answer, or
// the time is up.
func (e export) page(ctx context.Context, t tenant.ID, next string) (ExportAnswer, error) {
	answer := ExportAnswer{Lines: []json.RawMessage{}}
	if _, err := e.store.Configuration(ctx, t); err != nil {
		return answer, err
	}
	sections := e.sections()
	section, behind := 0, ""
	if next != "" {
		var name string
		name, behind, _ = strings.Cut(next, "/")
		for section < len(sections) && sections[section].name != name {
			section++
		}
		if section == len(sections) {
			return answer, errWrongNext
		}
	}
	goOn := lambdaenv.TimeLeft(ctx, 0)
	bytes := 0
	for ; section < len(sections); section, behind = section+1, "" {
		for more := true; more; {
			if !goOn() {
				answer.Next = sections[section].name + "/" + behind
				return answer, nil
			}
			var lines []line
			var err error
			if lines, more, err = sections[section].read(ctx, t, behind); err != nil {
				return answer, err
			}
			for _, l := range lines {
				encoded, err := json.Marshal(l.object)
				if err != nil {
					return answer, fmt.Errorf("encode %s: %w", sections[section].name, err)
				}
				if bytes += len(encoded) + len(","); bytes > e.bytes && len(answer.Lines) > 0 {
					answer.Next = sections[section].name + "/" + behind
					return answer, nil
				}
				answer.Lines = append(answer.Lines, encoded)
				behind = l.place
			}
		}
	}
	return answer, nil
}
