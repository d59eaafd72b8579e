// Package template reads template.yaml into the settings that the local runner
// needs: functions, routes, authorizers, gateway responses, the table, queues,
// event sources and schedules. The template stays the one place where they are written down.
// It imports neither the AWS SDK's clients nor anything of pkg.
package template

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Region, account and stack of everything the template makes locally.
const (
	Region    = "us-east-1"
	AccountID = "000000000000"
	StackName = "local"
)

// Template is a resolved template: no intrinsic function is left in it.
type Template struct {
	// Parameters are the defaults, with overrides applied.
	Parameters map[string]string
	// Resources by logical id, whatever their Condition.
	Resources map[string]Resource
	// Functions, EventSources, Schedules, Tables, Queues and Roles are ordered by logical id.
	Functions    []Function
	EventSources []EventSource
	Schedules    []Schedule
	Tables       []Table
	Queues       []Queue
	// Roles that not only services may assume, and whose Condition, if any, is true.
	Roles []Role
	roles []Role // all
	// API is the one AWS::Serverless::Api, nil when there is none.
	API *API
}

// Resource is one entry of the Resources section with its intrinsics resolved,
// before Globals are merged into it.
type Resource struct {
	Type       string
	Condition  string
	Absent     bool // its Condition is false: CloudFormation does not make it
	Metadata   map[string]any
	Properties map[string]any
	// Attributes holds what else the resource says, such as DeletionPolicy.
	Attributes map[string]any
	// Line is where its description starts in the file.
	Line int
}

// Load reads the template at path. Overrides replace parameter defaults.
func Load(path string, overrides map[string]string) (*Template, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	t, err := Parse(data, overrides)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Parse reads a template. Its errors name the line they are about.
func Parse(data []byte, overrides map[string]string) (*Template, error) {
	r, err := newResolver(data, overrides)
	if err != nil {
		return nil, err
	}
	t := &Template{Parameters: r.parameters}
	if t.Resources, err = r.resources(); err != nil {
		return nil, err
	}
	globals, err := r.globals()
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if err := t.add(id, t.Resources[id], globals); err != nil {
			return nil, fmt.Errorf("line %d: resource %s: %w", t.Resources[id].Line, id, err)
		}
	}
	if err := t.connect(globals); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Template) add(id string, res Resource, globals map[string]map[string]any) error {
	switch res.Type {
	case "AWS::Serverless::Function":
		f, err := newFunction(id, merged(globals["Function"], res.Properties))
		if err != nil {
			return err
		}
		t.Functions = append(t.Functions, f)
	case "AWS::Serverless::Api":
		if t.API != nil {
			return errors.New("a second API: the runner serves one")
		}
		api, err := newAPI(id, merged(globals["Api"], res.Properties))
		if err != nil {
			return err
		}
		t.API = api
	case "AWS::DynamoDB::Table":
		table, err := newTable(id, res.Properties)
		if err != nil {
			return err
		}
		t.Tables = append(t.Tables, table)
	case "AWS::SQS::Queue":
		q, err := newQueue(id, res)
		if err != nil {
			return err
		}
		t.Queues = append(t.Queues, q)
	case "AWS::IAM::Role":
		if res.Absent {
			return nil
		}
		role, err := newRole(id, res)
		if err != nil {
			return err
		}
		t.roles = append(t.roles, role)
		if len(role.Trust) > 0 {
			t.Roles = append(t.Roles, role)
		}
	}
	return nil
}

// connect adds what one resource says about another: roles and event sources of
// functions, routes, usage plans and mappings of the API.
func (t *Template) connect(globals map[string]map[string]any) error {
	for i := range t.Functions {
		if err := t.assume(&t.Functions[i]); err != nil {
			id := t.Functions[i].LogicalID
			return fmt.Errorf("line %d: resource %s: %w", t.Resources[id].Line, id, err)
		}
	}
	for _, f := range t.Functions {
		res := t.Resources[f.LogicalID]
		var events struct{ Events map[string]event }
		if err := decode(merged(globals["Function"], res.Properties), &events); err != nil {
			return fmt.Errorf("line %d: resource %s: %w", res.Line, f.LogicalID, err)
		}
		for _, name := range slices.Sorted(maps.Keys(events.Events)) {
			if err := t.addEvent(f, name, events.Events[name]); err != nil {
				return fmt.Errorf("line %d: resource %s: event %s: %w", res.Line, f.LogicalID, name, err)
			}
		}
	}
	if t.API == nil {
		return nil
	}
	return t.connectAPI(globals)
}

func (t *Template) connectAPI(globals map[string]map[string]any) error {
	api := t.Resources[t.API.LogicalID]
	if err := t.addRoutes(merged(globals["Api"], api.Properties)); err != nil {
		return fmt.Errorf("line %d: resource %s: %w", api.Line, t.API.LogicalID, err)
	}
	if err := t.addPlans(); err != nil {
		return err
	}
	for _, id := range t.declared("AWS::ApiGateway::BasePathMapping") {
		t.API.BasePaths = append(t.API.BasePaths, text(t.Resources[id].Properties["BasePath"]))
	}
	return nil
}

type event struct {
	Type       string
	Properties map[string]any
}

func (t *Template) addEvent(f Function, name string, e event) error {
	switch e.Type {
	case "DynamoDB":
		source, err := t.newEventSource(f, name, e.Properties)
		if err != nil {
			return err
		}
		t.EventSources = append(t.EventSources, source)
		return nil
	case "Schedule", "ScheduleV2":
		schedule, err := newSchedule(f, name, e.Type, e.Properties)
		if err != nil {
			return err
		}
		t.Schedules = append(t.Schedules, schedule)
		return nil
	}
	return fmt.Errorf("event type %q is not supported locally", e.Type)
}

// Function finds a function by logical id.
func (t *Template) Function(logicalID string) (Function, bool) {
	i := slices.IndexFunc(t.Functions, func(f Function) bool { return f.LogicalID == logicalID })
	if i < 0 {
		return Function{}, false
	}
	return t.Functions[i], true
}
