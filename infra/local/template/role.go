package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// Role is an AWS::IAM::Role that the template itself declares, with what its policies say.
type Role struct {
	LogicalID string
	iam.Role
}

// implicitRole is what SAM adds to a function's logical id for the role that it generates.
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
	var err error
	r.Trust, err = trustStatements(p.AssumeRolePolicyDocument)
	return r, err
}

func trustStatements(document json.RawMessage) ([]iam.TrustStatement, error) {
	raw, err := documentStatements(document)
	if err != nil {
		return nil, fmt.Errorf("AssumeRolePolicyDocument: %w", err)
	}
	var out []iam.TrustStatement
	for _, statement := range raw {
		var s struct {
			Sid, Effect string
			Principal   struct{ AWS texts }
			Action      texts
			Condition   map[string]map[string]texts
		}
		if err := json.Unmarshal(statement, &s); err != nil {
			return nil, fmt.Errorf("AssumeRolePolicyDocument: %w", err)
		}
		out = append(out, iam.TrustStatement{
			Sid: s.Sid, Effect: s.Effect, Principals: s.Principal.AWS, Actions: s.Action, Conditions: conditions(s.Condition),
		})
	}
	return out, nil
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
