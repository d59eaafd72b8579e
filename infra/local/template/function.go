package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// Function is an AWS::Serverless::Function, Globals merged in.
type Function struct {
	LogicalID string
	// Name is FunctionName, or the logical id.
	Name string
	ARN  string
	// RoleARN is that of its Role, or of the one which SAM generates for it.
	RoleARN string
	role    string // its Role, if it has one
	CodeURI string
	// Folder is the last element of CodeUri: the operation's name.
	Folder        string
	Runtime       string
	Handler       string
	Architectures []string
	Timeout       time.Duration
	MemoryMB      int
	// PerTenant tells that Lambda keeps its environments apart by tenant.
	PerTenant bool
	// ReservedConcurrency is 0 when nothing is reserved.
	ReservedConcurrency int
	Environment         map[string]string
	// Statements are about what its code calls.
	Statements []iam.Statement
	// Platform are those about what Lambda does as its role: logs, traces, reading the stream.
	Platform []iam.Statement
}

func newFunction(id string, properties map[string]any) (Function, error) {
	var p struct {
		FunctionName, CodeUri, Runtime, Handler string
		Architectures                           []string
		Timeout, MemorySize                     number
		ReservedConcurrentExecutions            number
		Environment                             struct{ Variables map[string]any }
		TenancyConfig                           struct{ TenantIsolationMode string }
		Role                                    string
		Policies                                json.RawMessage
	}
	if err := decode(properties, &p); err != nil {
		return Function{}, err
	}
	f := Function{
		LogicalID: id, Name: p.FunctionName, CodeURI: p.CodeUri, Folder: path.Base(p.CodeUri),
		Runtime: p.Runtime, Handler: p.Handler, Architectures: p.Architectures,
		Timeout:             time.Duration(p.Timeout) * time.Second,
		MemoryMB:            int(p.MemorySize),
		PerTenant:           p.TenancyConfig.TenantIsolationMode == "PER_TENANT",
		ReservedConcurrency: int(p.ReservedConcurrentExecutions),
		Environment:         map[string]string{},
	}
	if p.CodeUri == "" {
		return Function{}, errors.New("no CodeUri")
	}
	if f.Name == "" {
		f.Name = id
	}
	f.ARN = arn("AWS::Serverless::Function", f.Name)
	f.RoleARN, f.role = arn("AWS::IAM::Role", id+implicitRole), p.Role
	if p.Role != "" && p.Policies != nil {
		return Function{}, errors.New("SAM ignores Policies beside a Role")
	}
	// Lambda's own defaults.
	if f.Timeout == 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = 128
	}
	for name, value := range p.Environment.Variables {
		f.Environment[name] = text(value)
	}
	var err error
	f.Statements, err = policyStatements(p.Policies)
	return f, err
}

// policyStatements reads Policies: one policy document or a list of them. Managed
// policies and SAM's policy templates are refused, as they cannot be enforced locally.
func policyStatements(raw json.RawMessage) ([]iam.Statement, error) {
	documents, err := oneOrMore(raw)
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	var out []iam.Statement
	for _, document := range documents {
		statements, err := documentStatements(document)
		if err != nil {
			return nil, fmt.Errorf("policies: %w", err)
		}
		for _, statement := range statements {
			s, err := newStatement(statement)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

func newStatement(raw json.RawMessage) (iam.Statement, error) {
	var s struct {
		Sid, Effect                     string
		Action, Resource                texts
		NotAction, NotResource, Version json.RawMessage
		Condition                       map[string]map[string]texts
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return iam.Statement{}, fmt.Errorf("policy statement %s: %w", raw, err)
	}
	if s.NotAction != nil || s.NotResource != nil {
		return iam.Statement{}, fmt.Errorf("policy statement %s: NotAction and NotResource are not supported", s.Sid)
	}
	if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Action) == 0 || len(s.Resource) == 0 {
		return iam.Statement{}, fmt.Errorf("policy statement %s: Effect (Allow or Deny), Action and Resource are needed", s.Sid)
	}
	return iam.Statement{Sid: s.Sid, Effect: s.Effect, Actions: s.Action, Resources: s.Resource, Conditions: conditions(s.Condition)}, nil
}

func oneOrMore(raw json.RawMessage) ([]json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}, nil
	}
	var out []json.RawMessage
	return out, json.Unmarshal(raw, &out)
}
