package tenantaccess

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	// TagKey is the key of the session tag that the role's policy reads.
	TagKey = "tenant"

	duration    = "900" // seconds, the shortest that STS takes
	maxAttempts = 3
	pause       = 100 * time.Millisecond // between attempts, at most
	maxAnswer   = 64 << 10
)

// Role is the role whose sessions are begun, by the one call AssumeRole of AWS
// STS: the SDK's client for all its calls would make each function larger by half
// a megabyte.
type Role struct {
	ARN    string
	Region string
	// Endpoint replaces that of STS in the region.
	Endpoint *string
	// Credentials may assume the role.
	Credentials aws.CredentialsProvider
	Client      aws.HTTPClient
}

// Assume implements AssumeRole. It tries again what STS may answer then.
func (r Role) Assume(ctx context.Context, t tenant.ID) (aws.Credentials, error) {
	for attempt := 1; ; attempt++ {
		credentials, again, err := r.attempt(ctx, t)
		if err == nil || !again || attempt == maxAttempts {
			return credentials, err
		}
		select {
		case <-time.After(rand.N(pause)):
		case <-ctx.Done():
			return aws.Credentials{}, err
		}
	}
}

func (r Role) attempt(ctx context.Context, t tenant.ID) (credentials aws.Credentials, again bool, err error) {
	request, err := r.request(ctx, t)
	if err != nil {
		return aws.Credentials{}, false, err
	}
	response, err := r.Client.Do(request)
	if err != nil {
		return aws.Credentials{}, true, fmt.Errorf("assume role: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return aws.Credentials{}, true, fmt.Errorf("assume role: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		fault := parseFault(body)
		return aws.Credentials{}, response.StatusCode >= 500 || fault.throttles(), fmt.Errorf("assume role: status %d: %w", response.StatusCode, fault)
	}
	credentials, err = parseCredentials(body)
	return credentials, false, err
}

// request is AssumeRole in the query protocol of AWS, signed.
func (r Role) request(ctx context.Context, t tenant.ID) (*http.Request, error) {
	body := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"},
		"RoleArn": {r.ARN}, "RoleSessionName": {sessionName(t)}, "DurationSeconds": {duration},
		"Tags.member.1.Key": {TagKey}, "Tags.member.1.Value": {t.String()},
	}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint(), strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("assume role: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	own, err := r.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("assume role: %w", err)
	}
	hash := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, own, request, hex.EncodeToString(hash[:]), "sts", r.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("assume role: %w", err)
	}
	return request, nil
}

// endpoint is STS in the role's own region and partition.
func (r Role) endpoint() string {
	if r.Endpoint != nil {
		return strings.TrimSuffix(*r.Endpoint, "/") + "/"
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(r.ARN, "arn:aws-cn:") {
		suffix += ".cn"
	}
	return "https://sts." + r.Region + "." + suffix + "/"
}

// sessionName tells the tenant in CloudTrail. Names have 2 to 64 characters,
// tenants 1 to 63.
func sessionName(t tenant.ID) string { return "@" + t.String() }

func parseCredentials(body []byte) (aws.Credentials, error) {
	var answer struct {
		Credentials struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
			SessionToken    string
			Expiration      time.Time
		} `xml:"AssumeRoleResult>Credentials"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return aws.Credentials{}, fmt.Errorf("assume role: read the answer: %w", err)
	}
	got := answer.Credentials
	if got.AccessKeyID == "" || got.SecretAccessKey == "" || got.SessionToken == "" {
		return aws.Credentials{}, fmt.Errorf("assume role: the answer holds no credentials")
	}
	return aws.Credentials{
		AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		Source: "TenantAccess", CanExpire: true, Expires: got.Expiration,
	}, nil
}

// fault is an error that STS answers.
type fault struct {
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

func parseFault(body []byte) *fault {
	var f fault
	if xml.Unmarshal(body, &f) != nil || f.Code == "" {
		f = fault{"Unknown", "the answer is no error of STS"}
	}
	return &f
}

// Error is the fault as text.
func (f *fault) Error() string { return f.Code + ": " + f.Message }

func (f *fault) throttles() bool {
	return f.Code == "Throttling" || f.Code == "ThrottlingException" || f.Code == "RequestLimitExceeded"
}
