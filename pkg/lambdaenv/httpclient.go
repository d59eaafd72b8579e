package lambdaenv

import (
	"io"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// httpClient sends the SDK's requests and keeps its connections. The SDK closes
// a request's body as soon as the response's header is there. If net/http only
// then looks for the body's end, the SDK's body says EOF through WriteTo,
// where EOF is a failed write, and net/http gives the connection up: some
// requests in a hundred would open a new one, and now and then one would lose
// its response. Without WriteTo there is only Read, where EOF is the end.
type httpClient struct{ *awshttp.BuildableClient }

func newHTTPClient() httpClient {
	return httpClient{awshttp.NewBuildableClient().WithTimeout(callTimeout)}
}

// Do sends one request.
func (c httpClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.BuildableClient.Do(r)
}
