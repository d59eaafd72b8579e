package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// Role is an AWS::IAM::Role that the template itself declares, with what its policies say.
type Role struct {
	LogicalID string
	// Services may assume it, beside whom its trust statements name.
	Services []string
	iam.Role
}

// implicitRole is what SAM adds to a function's logical id for the role that it generates
// where the template gives it none.
const implicitRole = "Role"

// policyVersion is the one whose policies may hold variables: in older ones they are plain text.
const policyVersion = "2012-10-17"

func newRole(id string, res Resource) (Role, error) {
	var p struct {
		AssumeRolePolicyDocument json.RawMessage
		Policies                 []struct{ PolicyDocument json.RawMessage }
		ManagedPolicyArns        []string
	}
	if err := decode(res.Properties, &p); err != nil {
		return Role{}, err
	}
	if len(p.ManagedPolicyArns) > 0 {
		return Role{}, errors.New("managed policies are not supported")
	}
	name := explicitName(res, id)
	r := Role{LogicalID: id, Role: iam.Role{Name: name, ARN: arn(res.Type, name)}}
	for _, policy := range p.Policies {
		statements, err := policyStatements(policy.PolicyDocument)
		if err != nil {
			return Role{}, err
		}
		r.Statements = append(r.Statements, statements...)
	}
	if err := r.readTrust(p.AssumeRolePolicyDocument); err != nil {
		return r, fmt.Errorf("AssumeRolePolicyDocument: %w", err)
	}
	return r, nil
}

func (r *Role) readTrust(document json.RawMessage) error {
	raw, err := documentStatements(document)
	if err != nil {
		return err
	}
	for _, statement := range raw {
		var s struct {
			Sid, Effect string
			Principal   struct{ AWS, Service texts }
			Action      texts
			Condition   map[string]map[string]texts
		}
		if err := json.Unmarshal(statement, &s); err != nil {
			return err
		}
		r.Services = append(r.Services, s.Principal.Service...)
		if len(s.Principal.AWS) > 0 || len(s.Principal.Service) == 0 {
			r.Trust = append(r.Trust, iam.TrustStatement{
				Sid: s.Sid, Effect: s.Effect, Principals: s.Principal.AWS, Actions: s.Action, Conditions: conditions(s.Condition),
			})
		}
	}
	return nil
}

// allows tells whether a statement without conditions names an action and a resource.
func (r Role) allows(action, resource string) bool {
	return slices.ContainsFunc(r.Statements, func(s iam.Statement) bool {
		return s.Effect == "Allow" && len(s.Conditions) == 0 && slices.Contains(s.Actions, action) && slices.Contains(s.Resources, resource)
	})
}

// pollStream is the statement by which an event source reads the stream as the function's role.
const pollStream = "PollStream"

// assume gives a function the role that its template names, and tells what its own code
// calls from what Lambda does as the role.
func (t *Template) assume(f *Function) error {
	if f.role == "" {
		return nil
	}
	i := slices.IndexFunc(t.roles, func(r Role) bool { return r.ARN == f.role })
	if i < 0 {
		return fmt.Errorf("the Role %s is none of the template's", f.role)
	}
	role := t.roles[i]
	if !slices.Contains(role.Services, "lambda.amazonaws.com") {
		return fmt.Errorf("the role %s is not for Lambda", role.LogicalID)
	}
	f.RoleARN = role.ARN
	for _, s := range role.Statements {
		service, _, _ := strings.Cut(s.Actions[0], ":")
		if service == "logs" || service == "xray" || s.Sid == pollStream {
			f.Platform = append(f.Platform, s)
		} else {
			f.Statements = append(f.Statements, s)
		}
	}
	return nil
}

// documentStatements takes a policy document apart.
func documentStatements(document json.RawMessage) ([]json.RawMessage, error) {
	var policy struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(document, &policy); err != nil || policy.Statement == nil {
		return nil, fmt.Errorf("only statements are supported, not %s", document)
	}
	if policy.Version != policyVersion && strings.Contains(string(policy.Statement), "${") {
		return nil, fmt.Errorf("policy variables are plain text without Version: %q", policyVersion)
	}
	return oneOrMore(policy.Statement)
}

func conditions(in map[string]map[string]texts) map[string]map[string][]string {
	var out map[string]map[string][]string
	for operator, keys := range in {
		for key, values := range keys {
			if out == nil {
				out = map[string]map[string][]string{}
			}
			if out[operator] == nil {
				out[operator] = map[string][]string{}
			}
			out[operator][key] = values
		}
	}
	return out
}
