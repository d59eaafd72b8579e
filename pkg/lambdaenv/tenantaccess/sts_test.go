package tenantaccess_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
)

const roleARN = "arn:aws:iam::123456789012:role/TenantAccess"

// assumed is an answer as the reference of AssumeRole shows it.
const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>ARO123EXAMPLE123:@acme</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/TenantAccess/@acme</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>wJalr/XUtn</SecretAccessKey><SessionToken>AQoDYXdzEPT//==</SessionToken>
      <Expiration>2026-11-22T23:28:33.359Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</AssumeRoleResponse>`

func refusal(code string) string {
	return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code + `</Code><Message>No.</Message></Error></ErrorResponse>`
}

// sts answers in turn with what it is given, and keeps the last request.
func sts(t *testing.T, answers ...string) (role tenantaccess.Role, asked *int, last func() (*http.Request, string)) {
	t.Helper()
	var request *http.Request
	var body string
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		request, body = r, string(content)
		answer := answers[min(n, len(answers)-1)]
		n++
		var status int
		if _, err := fmt.Sscan(answer, &status); err == nil {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, strings.TrimLeft(answer, "0123456789 "))
	}))
	t.Cleanup(server.Close)
	return tenantaccess.Role{
		ARN: roleARN, Region: "eu-west-1", Endpoint: &server.URL, Client: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAFUNCTION", "secret", "function-token"),
	}, &n, func() (*http.Request, string) { return request, body }
}

func TestAssume(t *testing.T) {
	t.Parallel()
	role, _, last := sts(t, assumed)
	got, err := role.Assume(t.Context(), tenantID(t, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessKeyID != "ASIAEXAMPLE" || got.SecretAccessKey != "wJalr/XUtn" || got.SessionToken != "AQoDYXdzEPT//==" ||
		!got.CanExpire || !got.Expires.Equal(time.Date(2026, 11, 22, 23, 28, 33, 359e6, time.UTC)) {
		t.Errorf("credentials %+v", got)
	}
	request, body := last()
	if want := "Action=AssumeRole&DurationSeconds=900&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FTenantAccess&RoleSessionName=%40acme" +
		"&Tags.member.1.Key=tenant&Tags.member.1.Value=acme&Version=2011-06-15"; body != want {
		t.Errorf("body %s", body)
	}
	signed := request.Header.Get("Authorization")
	if !regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIAFUNCTION/\d{8}/eu-west-1/sts/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$`).MatchString(signed) {
		t.Errorf("signed %s", signed)
	}
	if request.Header.Get("X-Amz-Security-Token") != "function-token" || request.Method != "POST" || request.URL.Path != "/" {
		t.Errorf("request %s %s %v", request.Method, request.URL, request.Header)
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers []string
		asked   int
		err     string // empty for none
	}{
		"server error once":     {[]string{"500 " + refusal("InternalFailure"), assumed}, 2, ""},
		"throttled twice":       {[]string{"400 " + refusal("Throttling"), "400 " + refusal("Throttling"), assumed}, 3, ""},
		"throttled for good":    {[]string{"400 " + refusal("Throttling")}, 3, "status 400: Throttling: No."},
		"denied":                {[]string{"403 " + refusal("AccessDenied"), assumed}, 1, "status 403: AccessDenied: No."},
		"no error of STS":       {[]string{"404 not here", assumed}, 1, "status 404: Unknown"},
		"no credentials":        {[]string{`<AssumeRoleResponse/>`}, 1, "holds no credentials"},
		"not XML":               {[]string{`{}`}, 1, "read the answer"},
		"proxy error, for good": {[]string{"502 bad gateway"}, 3, "status 502"},
	} {
		role, asked, _ := sts(t, test.answers...)
		_, err := role.Assume(t.Context(), tenantID(t, "acme"))
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) || *asked != test.asked {
			t.Errorf("%s: %v after %d requests", name, err, *asked)
		}
	}
}

func TestEndOfPatience(t *testing.T) {
	t.Parallel()
	role, asked, _ := sts(t, "500 "+refusal("InternalFailure"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := role.Assume(ctx, tenantID(t, "acme")); err == nil || *asked > 0 {
		t.Errorf("%v after %d requests", err, *asked)
	}
}

// TestSessionNames: each tenant has a legal one, and no two the same.
func TestSessionNames(t *testing.T) {
	t.Parallel()
	legal := regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	for _, name := range []string{"0", "acme", "acme-eu", strings.Repeat("a", 63)} {
		if got := tenantaccess.SessionName(tenantID(t, name)); !legal.MatchString(got) || got != "@"+name {
			t.Errorf("%s: %q", name, got)
		}
	}
}

type recorder struct{ url string }

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	r.url = request.URL.String()
	return &http.Response{StatusCode: 403, Body: io.NopCloser(strings.NewReader(refusal("AccessDenied")))}, nil
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arn, region, want string }{
		{roleARN, "eu-west-1", "https://sts.eu-west-1.amazonaws.com/"},
		{"arn:aws-cn:iam::123456789012:role/TenantAccess", "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/"},
		{"arn:aws-us-gov:iam::123456789012:role/TenantAccess", "us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"},
	} {
		client := &recorder{}
		_, _ = tenantaccess.Role{ARN: test.arn, Region: test.region, Client: client, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}.Assume(t.Context(), tenantID(t, "acme"))
		if client.url != test.want {
			t.Errorf("%s: %s, want %s", test.region, client.url, test.want)
		}
	}
}
