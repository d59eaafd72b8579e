package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/iam"
	local "github.com/rolecall/rolecall/infra/local/lambda"
)

const prefix = "arn:aws:lambda:us-east-1:000000000000:function:"

// echo answers its payload, as a function that fails when it is told to.
func echo(_ context.Context, payload []byte) (function.Result, error) {
	var say struct{ Fail, Busy, Gone bool }
	_ = json.Unmarshal(payload, &say) // a payload may be anything
	switch {
	case say.Busy:
		return function.Result{}, function.ErrTooManyRequests
	case say.Gone:
		return function.Result{}, function.ErrClosed
	case say.Fail:
		return function.Result{RequestID: "1", Payload: []byte(`{"errorMessage":"as told"}`), FunctionError: "Unhandled"}, nil
	}
	return function.Result{RequestID: "1", Payload: payload}, nil
}

// stand is a client of a function that may invoke echo, echo's version 1, and missing, which is none.
type stand struct {
	*lambda.Client
	proxy    *iam.Proxy
	async    *local.Async
	attempts *attempts
}

func newStand(t *testing.T) stand {
	t.Helper()
	seen := &attempts{}
	async := local.NewAsync(seen.add)
	t.Cleanup(async.Close)
	functions := map[string]local.Invoke{"echo": echo, "other": echo}
	proxy := iam.NewProxy(func() string { return "http://127.0.0.1:1" }, nil, local.New(functions, async))
	err := proxy.Register("KEY", "caller", []iam.Statement{{
		Effect: "Allow", Actions: []string{"lambda:InvokeFunction"}, Resources: []string{prefix + "echo", prefix + "echo:1", prefix + "echo:$LATEST", prefix + "missing"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return stand{client(server.URL, "KEY"), proxy, async, seen}
}

func client(url, key string) *lambda.Client {
	return lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "token"), RetryMaxAttempts: 1,
	})
}

func (s stand) invoke(t *testing.T, name, kind, payload string) (*lambda.InvokeOutput, error) {
	t.Helper()
	return s.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name, InvocationType: types.InvocationType(kind), Payload: []byte(payload)})
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != code {
		t.Errorf("%s: error %v, want %s", what, err, code)
	}
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, name := range []string{"echo", prefix + "echo", "000000000000:function:echo", "echo:$LATEST", prefix + "echo:$LATEST"} {
		answer, err := s.invoke(t, name, "", `{"a":1}`)
		if err != nil || answer.StatusCode != 200 || string(answer.Payload) != `{"a":1}` || answer.FunctionError != nil || aws.ToString(answer.ExecutedVersion) != "$LATEST" {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
	}
	answer, err := s.invoke(t, "echo", "RequestResponse", `{"fail":true}`)
	if err != nil || answer.StatusCode != 200 || aws.ToString(answer.FunctionError) != "Unhandled" || !strings.Contains(string(answer.Payload), "as told") {
		t.Errorf("failing: %+v, %v", answer, err)
	}
	if answer, err := s.invoke(t, "echo", "", ""); err != nil || string(answer.Payload) != "{}" {
		t.Errorf("without a payload: %+v, %v", answer, err)
	}
	if answer, err := s.invoke(t, "echo", "DryRun", `{}`); err != nil || answer.StatusCode != 204 || len(answer.Payload) != 0 {
		t.Errorf("dry: %+v, %v", answer, err)
	}
	if used := s.proxy.Used()["caller"]; !slices.Equal(used, []string{"lambda:InvokeFunction"}) {
		t.Errorf("used %q", used)
	}
}

func TestInvokeInTheBackground(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	answer, err := s.invoke(t, "echo", "Event", `{"a":1}`)
	if err != nil || answer.StatusCode != 202 || len(answer.Payload) != 0 {
		t.Fatalf("%+v, %v", answer, err)
	}
	if err := s.async.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.attempts.list(); len(got) != 1 || got[0].Function != "echo" || string(got[0].Result.Payload) != `{"a":1}` {
		t.Errorf("attempts %+v", got)
	}
	s.async.Close()
	_, err = s.invoke(t, "echo", "Event", `{"a":1}`)
	wantCode(t, "after the end", err, "ServiceException")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	letters := func(count int) string { return `"` + strings.Repeat("x", count-2) + `"` }
	for what, test := range map[string]struct{ name, kind, payload, code string }{
		"unknown function":  {"missing", "", `{}`, "ResourceNotFoundException"},
		"unknown version":   {"echo:1", "", `{}`, "ResourceNotFoundException"},
		"unknown kind":      {"echo", "Later", `{}`, "InvalidParameterValueException"},
		"no JSON":           {"echo", "", `{`, "InvalidRequestContentException"},
		"busy":              {"echo", "", `{"busy":true}`, "TooManyRequestsException"},
		"gone":              {"echo", "", `{"gone":true}`, "ServiceException"},
		"large":             {"echo", "", letters(6<<20 + 1), "RequestEntityTooLargeException"},
		"large event":       {"echo", "Event", letters(256<<10 + 1), "RequestEntityTooLargeException"},
		"without a right":   {"other", "", `{}`, "AccessDeniedException"},
		"version, no right": {"echo:2", "", `{}`, "AccessDeniedException"},
		"foreign account":   {strings.Replace(prefix, "000000000000", "111111111111", 1) + "echo", "", `{}`, "AccessDeniedException"},
	} {
		_, err := s.invoke(t, test.name, test.kind, test.payload)
		wantCode(t, what, err, test.code)
	}
	for kind, size := range map[string]int{"RequestResponse": 6 << 20, "Event": 256 << 10} {
		if _, err := s.invoke(t, "echo", kind, letters(size)); err != nil {
			t.Errorf("largest payload of %s: %v", kind, err)
		}
	}
}

func TestDenialsAndStrangers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	_, err := s.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Qualifier: aws.String("7")})
	wantCode(t, "a qualifier", err, "AccessDeniedException")
	var status interface{ HTTPStatusCode() int }
	if !errors.As(err, &status) || status.HTTPStatusCode() != 403 {
		t.Errorf("error %v, want status 403", err)
	}
	if denied := s.proxy.Denied(); len(denied) != 1 || denied[0].Action != "lambda:InvokeFunction" || denied[0].Resource != prefix+"echo:7" {
		t.Errorf("denied %+v", denied)
	}
	server := httptest.NewServer(s.proxy)
	t.Cleanup(server.Close)
	_, err = client(server.URL, "STRANGER").Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("echo")})
	wantCode(t, "a stranger", err, "UnrecognizedClientException")
}
