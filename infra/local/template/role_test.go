package template_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
)

const withRole = `
Parameters:
  Mode: {Type: String, Default: "off"}
Conditions:
  Sessions: !Equals [!Ref Mode, "on"]
Resources:
  Access:
    Type: AWS::IAM::Role
    Condition: Sessions
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          Sid: Begin
          Effect: Allow
          Principal: {AWS: !GetAtt FRole.Arn}
          Action: [sts:AssumeRole, sts:TagSession]
          Condition: {"Null": {"aws:RequestTag/tenant": "false"}}
      Policies:
        - PolicyName: One
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: dynamodb:GetItem
                Resource: "*"
                Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/tenant}"]}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Environment: {Variables: {ROLE: !If [Sessions, !GetAtt Access.Arn, ""]}}
      Policies:
        - !If [Sessions, !Ref AWS::NoValue, {Statement: {Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}}]
`

func TestRole(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(withRole), map[string]string{"Mode": "on"})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Roles) != 1 {
		t.Fatalf("roles %+v", loaded.Roles)
	}
	f, role := loaded.Functions[0], loaded.Roles[0]
	if role.Name != "Access" || role.ARN != "arn:aws:iam::000000000000:role/Access" || f.Environment["ROLE"] != role.ARN || len(f.Statements) != 0 {
		t.Errorf("role %+v\nfunction %+v", role, f)
	}
	if trust := role.Trust; len(trust) != 1 || trust[0].Sid != "Begin" || !slices.Equal(trust[0].Principals, []string{f.RoleARN}) ||
		!slices.Equal(trust[0].Actions, []string{"sts:AssumeRole", "sts:TagSession"}) || trust[0].Conditions["Null"]["aws:RequestTag/tenant"][0] != "false" {
		t.Errorf("trust %+v", trust)
	}
	keys := role.Statements[0].Conditions["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
	if !slices.Equal(keys, []string{"TENANT#${aws:PrincipalTag/tenant}"}) {
		t.Errorf("leading keys %q", keys)
	}
}

// TestRoleWithoutItsCondition: CloudFormation makes no such role.
func TestRoleWithoutItsCondition(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(withRole), nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := loaded.Functions[0]; len(loaded.Roles) != 0 || f.Environment["ROLE"] != "" || len(f.Statements) != 1 || !loaded.Resources["Access"].Absent {
		t.Errorf("roles %+v, function %+v", loaded.Roles, f)
	}
}

const withOwnRole = `
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/lambda/f}}
  FRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: All
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Sid: Read, Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}
              - {Sid: PollStream, Effect: Allow, Action: "dynamodb:GetRecords", Resource: "*"}
              - {Sid: WriteLog, Effect: Allow, Action: "logs:PutLogEvents", Resource: !GetAtt Logs.Arn}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Role: !GetAtt FRole.Arn
      AutoPublishAlias: live
      Environment: {Variables: {ALIAS: !Ref F.Alias}}
`

// TestOwnRole: what Lambda does as a function's role is apart from what the function calls,
// and nobody here assumes the role.
func TestOwnRole(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(withOwnRole), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := loaded.Functions[0]
	if f.RoleARN != "arn:aws:iam::000000000000:role/FRole" || f.Environment["ALIAS"] != f.ARN || len(loaded.Roles) != 0 {
		t.Errorf("function %+v, roles %+v", f, loaded.Roles)
	}
	if len(f.Statements) != 1 || f.Statements[0].Sid != "Read" || len(f.Platform) != 2 || f.Platform[0].Sid != "PollStream" || f.Platform[1].Resources[0] != "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*" {
		t.Errorf("statements %+v, of the platform %+v", f.Statements, f.Platform)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"not the template's":   {"Role: !GetAtt FRole.Arn", "Role: arn:aws:iam::1:role/R", "none of the template's"},
		"another service's":    {"lambda.amazonaws.com", "events.amazonaws.com", "FRole is not for Lambda"},
		"policies beside it":   {"      AutoPublishAlias", "      Policies: []\n      AutoPublishAlias", "ignores Policies"},
		"alias of no function": {"F.Alias", "G.Alias", "G.Alias is neither"},
	} {
		changed := strings.Replace(withOwnRole, test.old, test.new, 1)
		if _, err := template.Parse([]byte(changed), nil); err == nil || changed == withOwnRole || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

func TestBadRoles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"variables without a version": {"Version: \"2012-10-17\"\n            Statement", "Statement", `plain text without Version: "2012-10-17"`},
		"managed policy":              {"Policies:\n        - PolicyName", "ManagedPolicyArns: [a]\n      Policies:\n        - PolicyName", "managed policies"},
		"no trust":                    {"AssumeRolePolicyDocument", "Description", "AssumeRolePolicyDocument"},
		"service principal":           {"{AWS: !GetAtt FRole.Arn}", "\"*\"", "AssumeRolePolicyDocument"},
		"role of nothing":             {"FRole.Arn", "GRole.Arn", "there is no resource GRole"},
		"unknown condition":           {"Condition: Sessions", "Condition: Session", "there is no condition Session"},
	} {
		changed := strings.Replace(withRole, test.old, test.new, 1)
		if _, err := template.Parse([]byte(changed), map[string]string{"Mode": "on"}); err == nil || changed == withRole || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}
