package gateway

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/infra/local/template"
)

// event is the proxy event (payload version 1) of a call.
func (g *Gateway) event(c *call) []byte {
	header := forwarded(c)
	query := parseQuery(c.request.URL.RawQuery)
	event := events.APIGatewayProxyRequest{
		Resource:                        c.route.Path,
		Path:                            c.path,
		HTTPMethod:                      c.request.Method,
		Headers:                         last(header),
		MultiValueHeaders:               header,
		QueryStringParameters:           last(query),
		MultiValueQueryStringParameters: query,
		PathParameters:                  orNull(c.parameters),
		StageVariables:                  orNull(g.api.Variables),
		Body:                            c.body,
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID:         template.AccountID,
			ResourceID:        resourceID(c.route.Path),
			Stage:             g.api.StageName,
			DomainName:        c.request.Host,
			DomainPrefix:      strings.Split(hostname(c.request.Host), ".")[0],
			RequestID:         c.id,
			ExtendedRequestID: c.extendedID,
			Protocol:          c.request.Proto,
			Identity:          identity(c),
			ResourcePath:      c.route.Path,
			// On a custom domain this is the path with its base path, without the stage.
			Path:             c.path,
			Authorizer:       c.authorizer,
			HTTPMethod:       c.request.Method,
			RequestTime:      c.start.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			RequestTimeEpoch: c.start.UnixMilli(),
			APIID:            g.api.LogicalID,
		},
	}
	payload, _ := json.Marshal(event) // strings only: cannot fail
	return payload
}

// identity tells of the client, and of the API key that its request counts for.
func identity(c *call) events.APIGatewayRequestIdentity {
	identity := events.APIGatewayRequestIdentity{SourceIP: c.sourceIP, UserAgent: c.request.UserAgent()}
	if c.route.KeyRequired {
		identity.APIKey, identity.APIKeyID = c.usageKey, resourceID(c.usageKey)
	}
	return identity
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

// resourceID is a stand-in for the random id that AWS gives a path or a key.
func resourceID(path string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, path)
}

// newID makes a version 4 UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
