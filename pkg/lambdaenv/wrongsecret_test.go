package lambdaenv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// doors are what takes secrets, over a store with the tenant acme, and the calls
// that they made of DynamoDB.
type doors struct {
	authorize    func(token string) string            // the answer, whatever it is
	grant        func(path, id, secret string) string // the same
	token        string
	client       string
	clientSecret string
	log          *bytes.Buffer
	calls        *[]string
}

func newDoors(t *testing.T) doors {
	t.Helper()
	plain, table := enginetest.Table(t)
	var calls []string
	store := dynamo.New(recorded(plain, &calls), table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := onboard.Onboard(t.Context(), store, acme, audit.Actor{Principal: "operator"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	secret, c := auth.NewClient(acme, "HR", "hr", time.Now())
	if err := store.CreateClient(t.Context(), audit.Actor{}, c, []string{"RL_AUDITV"}); err != nil {
		t.Fatal(err)
	}
	calls = nil
	log := &bytes.Buffer{}
	lines := slog.New(slog.NewJSONHandler(log, nil))
	guard := authorizer{lines, logRefusals(lines), auth.Authenticator{
		Store: store, JWTs: newJWTs(), Now: time.Now, Warn: func(_ context.Context, err error) { t.Error(err) },
	}, usageKeys{}}
	endpoint := proxy(tokenEndpoint(store, lines), unseen)
	return doors{
		authorize: func(token string) string {
			response, err := guard.handle(t.Context(), events.APIGatewayCustomAuthorizerRequest{
				AuthorizationToken: "Bearer " + token, MethodArn: "arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/scim/acme/v2/Roles",
			})
			return fmt.Sprint(response, err)
		},
		grant: func(path, id, secret string) string {
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
			response, err := endpoint(t.Context(), events.APIGatewayProxyRequest{
				HTTPMethod: "POST", Path: path, Body: form.Encode(), Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
				RequestContext: events.APIGatewayProxyRequestContext{RequestID: "request", Identity: events.APIGatewayRequestIdentity{SourceIP: "192.0.2.1"}},
			})
			content, marshalErr := json.Marshal(response)
			return fmt.Sprintf("%s %v %v", content, err, marshalErr)
		},
		token: token, client: c.ID, clientSecret: secret, log: log, calls: &calls,
	}
}

// recorded returns a client like the given one that notes the names of its calls.
func recorded(client *dynamodb.Client, calls *[]string) *dynamodb.Client {
	options := client.Options()
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("record", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			*calls = append(*calls, awsmiddleware.GetOperationName(ctx))
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
	})
	return dynamodb.New(options)
}

// TestWrongSecretsLookAlike: neither the calls made of DynamoDB nor the answer tells
// an unknown id from a wrong secret, or one that is nearly right from any other.
func TestWrongSecretsLookAlike(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	nearly := func(secret string) string {
		return secret[:len(secret)-1] + map[bool]string{true: "A", false: "Q"}[secret[len(secret)-1] != 'A']
	}
	other := func(secret string) string { return secret[:len(secret)-43] + strings.Repeat("x", 43) }
	for door, tries := range map[string][]func() string{
		"authorizer": {
			func() string { return d.authorize(other(d.token)) },
			func() string { return d.authorize(nearly(d.token)) },
			func() string { return d.authorize(d.token[:len(d.token)-1]) },
			func() string { return d.authorize(d.token + "A") },
		},
		"HID": {
			func() string { return d.grant("/acme/authn/token", "acme.0123456789abcdef", d.clientSecret) },
			func() string { return d.grant("/acme/authn/token", d.client, other(d.clientSecret)) },
			func() string { return d.grant("/acme/authn/token", d.client, nearly(d.clientSecret)) },
			func() string { return d.grant("/acme/authn/token", d.client, d.clientSecret+"A") },
			func() string { return d.grant("/acme/authn/token", "acme.0123456789abcdef", other(d.clientSecret)) },
		},
		"BeyondTrust": {
			func() string { return d.grant("/oauth/connect/token", "nobody.0123456789abcdef", d.clientSecret) },
			func() string { return d.grant("/oauth/connect/token", d.client, other(d.clientSecret)) },
			func() string { return d.grant("/oauth/connect/token", d.client, nearly(d.clientSecret)) },
		},
	} {
		var first string
		for i, try := range tries {
			*d.calls = nil
			answer := try()
			if first == "" {
				first = answer
			}
			if answer != first || !slices.Equal(*d.calls, []string{"GetItem"}) {
				t.Errorf("%s, %d: calls %v, answer\n%s\nwant GetItem, as for the first, and\n%s", door, i, *d.calls, answer, first)
			}
		}
	}
	if right := d.authorize(d.token); !strings.Contains(right, "Allow") {
		t.Errorf("the right token: %s", right)
	}
	if right := d.grant("/acme/authn/token", d.client, d.clientSecret); !strings.Contains(right, "access_token") {
		t.Errorf("the right secret: %s", right)
	}
}

// TestRefusedClientsAreLogged: a refused client is one line, which carries the
// metric; a request that no client could mean is none.
func TestRefusedClientsAreLogged(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	for name, test := range map[string]struct{ path, id, secret, want string }{
		"wrong secret": {"/acme/authn/token", d.client, "x", `{"status":400,"method":"POST","endpoint":"/acme/authn/token","reason":"invalid client ` + d.client + `","gatewayRequestId":"request","address":"192.0.2.1","Refused":1}`},
		"no such id":   {"/oauth/connect/token", d.clientSecret, "x", `{"status":400,"method":"POST","endpoint":"/oauth/connect/token","reason":"invalid client","gatewayRequestId":"request","address":"192.0.2.1","Refused":1}`},
		"no secret":    {"/acme/authn/token", d.client, "", ""},
	} {
		d.log.Reset()
		d.grant(test.path, test.id, test.secret)
		checkRefusalLine(t, name, d.log.String(), test.want)
	}
}
