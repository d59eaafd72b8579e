package iam_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/iam"
)

const tenantRole = "arn:aws:iam::000000000000:role/TenantAccess"

// newSTS is a stand whose function get-role may assume the role TenantAccess, for one tenant, and do nothing else.
func newSTS(t *testing.T) (stand, *sts.Client) {
	t.Helper()
	endpoint := enginetest.Endpoint(t)
	_, table := enginetest.Table(t)
	proxy := iam.NewProxy(func() string { return endpoint }, func(name string) (string, bool) { return "pk", name == table })
	const own = "arn:aws:iam::000000000000:role/GetRoleRole"
	if err := proxy.RegisterRole(iam.Role{
		Name: "TenantAccess", ARN: tenantRole,
		Trust: []iam.TrustStatement{{
			Effect: "Allow", Principals: []string{own}, Actions: []string{"sts:AssumeRole", "sts:TagSession"},
			Conditions: map[string]map[string][]string{"Null": {"aws:RequestTag/tenant": {"false"}}, "ForAllValues:StringEquals": {"aws:TagKeys": {"tenant"}}},
		}},
		Statements: []iam.Statement{{
			Effect: "Allow", Actions: []string{"dynamodb:GetItem"}, Resources: []string{"arn:aws:dynamodb:us-east-1:000000000000:table/" + table},
			Conditions: map[string]map[string][]string{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": {"TENANT#${aws:PrincipalTag/tenant}"}}},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := proxy.RegisterAs(own, "KEY", "get-role", nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return stand{client(server.URL, "KEY"), proxy, table, server.URL}, sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", "token"), RetryMaxAttempts: 1,
	})
}

func assume(tags ...types.Tag) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: aws.String(tenantRole), RoleSessionName: aws.String("@acme"), DurationSeconds: aws.Int32(900), Tags: tags}
}

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

// TestAssumeRole asks as the SDK does.
func TestAssumeRole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, client := newSTS(t)
	got, err := client.AssumeRole(ctx, assume(tag("tenant", "acme")))
	if err != nil {
		t.Fatal(err)
	}
	if user := aws.ToString(got.AssumedRoleUser.Arn); user != "arn:aws:sts::000000000000:assumed-role/TenantAccess/@acme" {
		t.Errorf("assumed %s", user)
	}
	if left := time.Until(aws.ToTime(got.Credentials.Expiration)); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("the session lasts %s", left)
	}
	table := func(token string) *dynamodb.Client {
		return dynamodb.New(dynamodb.Options{
			Region: "us-east-1", BaseEndpoint: &s.url, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(*got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, token),
		})
	}
	session := table(*got.Credentials.SessionToken)
	if _, err := session.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme", "1")}); err != nil {
		t.Errorf("its own tenant: %v", err)
	}
	_, err = session.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme-eu", "1")})
	wantCode(t, err, "AccessDeniedException")
	if err == nil || !strings.Contains(err.Error(), "User: arn:aws:sts::000000000000:assumed-role/TenantAccess/@acme is not authorized to perform: dynamodb:GetItem") {
		t.Errorf("error %v", err)
	}
	_, err = table("another token").GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme", "1")})
	wantCode(t, err, "UnrecognizedClientException")
	_, err = s.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item("acme", "1")})
	wantCode(t, err, "AccessDeniedException")

	denied := s.proxy.Denied()
	if len(denied) != 2 || denied[0].By() != "get-role as TenantAccess tenant=acme" || !slices.Equal(denied[0].LeadingKeys, []string{"TENANT#acme-eu"}) || denied[1].By() != "get-role" {
		t.Errorf("denied %+v", denied)
	}
	used := s.proxy.Used()
	if !slices.Equal(used["get-role"], []string{"sts:AssumeRole", "sts:TagSession"}) || !slices.Equal(used["TenantAccess"], []string{"dynamodb:GetItem"}) {
		t.Errorf("used %v", used)
	}
}

func TestAssumeRoleRefusals(t *testing.T) {
	t.Parallel()
	s, client := newSTS(t)
	acme := tag("tenant", "acme")
	for name, test := range map[string]struct {
		change func(*sts.AssumeRoleInput)
		code   string
	}{
		"without a tag":      {func(in *sts.AssumeRoleInput) { in.Tags = nil }, "AccessDenied"},
		"with another tag":   {func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{acme, tag("admin", "1")} }, "AccessDenied"},
		"unknown role":       {func(in *sts.AssumeRoleInput) { *in.RoleArn += "2" }, "AccessDenied"},
		"short name":         {func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a") }, "ValidationError"},
		"long name":          {func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(strings.Repeat("a", 65)) }, "ValidationError"},
		"illegal name":       {func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError"},
		"too short":          {func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, "ValidationError"},
		"too long":           {func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }, "ValidationError"},
		"tag twice":          {func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{acme, tag("Tenant", "globex")} }, "ValidationError"},
		"illegal tag":        {func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{tag("tenant", "*")} }, "ValidationError"},
		"reserved tag":       {func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{tag("aws:tenant", "acme")} }, "ValidationError"},
		"long tag":           {func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{tag("tenant", strings.Repeat("a", 257))} }, "ValidationError"},
		"a parameter unread": {func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{}") }, "ValidationError"},
	} {
		in := assume(acme)
		test.change(in)
		_, err := client.AssumeRole(context.Background(), in)
		wantCode(t, err, test.code)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := len(s.proxy.Denied()); n != 3 {
		t.Errorf("%d denials, want 3", n)
	}
	_, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidAction")

	response, err := http.PostForm(s.url, url.Values{"Action": {"AssumeRole"}}) // unsigned
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != 403 || !strings.Contains(string(body), "<Code>MissingAuthenticationToken</Code>") {
		t.Errorf("unsigned: %d %s", response.StatusCode, body)
	}
}
