package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"strings"

	"github.com/rolecall/rolecall/infra/local/template"
)

// proxyEvent is what a function gets (payload version 1), each member as API Gateway
// writes it. The event types of aws-lambda-go read it, but leave out what is null.
type proxyEvent struct {
	Resource              string              `json:"resource"`
	Path                  string              `json:"path"`
	Method                string              `json:"httpMethod"`
	Headers               map[string]string   `json:"headers"`
	MultiValueHeaders     map[string][]string `json:"multiValueHeaders"`
	QueryParameters       map[string]string   `json:"queryStringParameters"`
	MultiValueQueryParams map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters        map[string]string   `json:"pathParameters"`
	StageVariables        map[string]string   `json:"stageVariables"`
	Context               requestContext      `json:"requestContext"`
	Body                  *string             `json:"body"`
	IsBase64Encoded       bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	ResourceID        string             `json:"resourceId"`
	Authorizer        map[string]any     `json:"authorizer,omitempty"`
	ResourcePath      string             `json:"resourcePath"`
	Method            string             `json:"httpMethod"`
	ExtendedRequestID string             `json:"extendedRequestId"`
	RequestTime       string             `json:"requestTime"`
	Path              string             `json:"path"`
	AccountID         string             `json:"accountId"`
	Protocol          string             `json:"protocol"`
	Stage             string             `json:"stage"`
	DomainPrefix      string             `json:"domainPrefix"`
	RequestTimeEpoch  int64              `json:"requestTimeEpoch"` // ms
	RequestID         string             `json:"requestId"`
	Identity          map[string]*string `json:"identity"`
	DomainName        string             `json:"domainName"`
	DeploymentID      string             `json:"deploymentId"`
	APIID             string             `json:"apiId"`
}

// event is the proxy event of a call.
func (g *Gateway) event(c *call) []byte {
	header := forwarded(c)
	query := parseQuery(c.request.URL.RawQuery)
	event := proxyEvent{
		Resource:              c.route.Path,
		Path:                  c.path,
		Method:                c.request.Method,
		Headers:               last(header),
		MultiValueHeaders:     header,
		QueryParameters:       last(query),
		MultiValueQueryParams: query,
		PathParameters:        orNull(c.parameters),
		StageVariables:        orNull(g.api.Variables),
		Context: requestContext{
			ResourceID:        standIn(c.route.Path),
			Authorizer:        c.authorizer,
			ResourcePath:      c.route.Path,
			Method:            c.request.Method,
			ExtendedRequestID: c.extendedID,
			RequestTime:       c.start.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			// On a custom domain this is the path with its base path, without the stage.
			Path:             c.path,
			AccountID:        template.AccountID,
			Protocol:         c.request.Proto,
			Stage:            g.api.StageName,
			DomainPrefix:     strings.Split(hostname(c.request.Host), ".")[0],
			RequestTimeEpoch: c.start.UnixMilli(),
			RequestID:        c.id,
			Identity:         identity(c),
			DomainName:       c.request.Host,
			DeploymentID:     standIn("deployment"),
			APIID:            g.api.LogicalID,
		},
	}
	if c.body != "" {
		event.Body = &c.body
	}
	payload, _ := json.Marshal(event) // strings only: cannot fail
	return payload
}

// identity tells of the client, and of the API key that its request counts for. What
// requests signed with the credentials of AWS tell is null.
func identity(c *call) map[string]*string {
	agent := c.request.UserAgent()
	out := map[string]*string{"sourceIp": &c.sourceIP, "userAgent": &agent}
	for _, name := range []string{
		"accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
		"cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
	} {
		out[name] = nil
	}
	if c.route.KeyRequired {
		id := standIn(c.usageKey)
		out["apiKey"], out["apiKeyId"] = &c.usageKey, &id
	}
	return out
}

// forwarded answers the client's headers with those that API Gateway drops and sets.
func forwarded(c *call) map[string][]string {
	header := c.request.Header.Clone()
	for _, name := range []string{
		"Connection", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server",
		"Te", "Transfer-Encoding", "Trailer", "Upgrade", "Www-Authenticate",
	} {
		header.Del(name)
	}
	header.Set("Host", c.request.Host)
	client := c.sourceIP
	if earlier := strings.Join(header.Values("X-Forwarded-For"), ", "); earlier != "" {
		client = earlier + ", " + client
	}
	header.Set("X-Forwarded-For", client)
	proto, port := "http", "80"
	if c.request.TLS != nil {
		proto, port = "https", "443"
	}
	if _, p, err := net.SplitHostPort(c.request.Host); err == nil {
		port = p
	}
	header.Set("X-Forwarded-Proto", proto)
	header.Set("X-Forwarded-Port", port)
	if header.Get("X-Amzn-Trace-Id") == "" {
		header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=1-%08x-%s", c.start.Unix(), strings.ReplaceAll(c.id, "-", "")[:24]))
	}
	return header
}

// parseQuery keeps what can be decoded; a broken pair stays as it was sent.
func parseQuery(raw string) map[string][]string {
	query := map[string][]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		query[name] = append(query[name], value)
	}
	if len(query) == 0 {
		return nil
	}
	return query
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// last keeps one value of each, as the single-value maps of an event do.
func last(values map[string][]string) map[string]string {
	if values == nil {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, list := range values {
		out[name] = list[len(list)-1]
	}
	return out
}

func orNull(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return m
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// standIn is what stands for the random id that AWS gives something.
func standIn(name string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // never fails
	return fmt.Sprintf("%06x", sum.Sum32()>>8)
}

// newID makes a version 4 UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newExtendedID makes an id like that of AWS: 15 characters and a padding.
func newExtendedID() string {
	var b [11]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}
