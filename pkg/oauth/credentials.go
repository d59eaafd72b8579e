package oauth

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/rolecall/rolecall/pkg/auth"
)

// maxBody bounds a token request, in bytes.
const maxBody = 8 << 10

// credentials are what a client sent. Its secret may stand there plain or
// URL-encoded: RFC 6749 section 2.3.1 wants the latter, and many clients do not
// do it, so either reading may be the right one.
type credentials struct {
	id      string
	secrets []string
}

// readCredentials reads a request for a token by client credentials.
func readCredentials(r *http.Request) (credentials, error) {
	form, err := readForm(r)
	if err != nil {
		return credentials{}, err
	}
	switch grantType := form.Get("grant_type"); grantType {
	case "client_credentials":
	case "":
		return credentials{}, invalidRequest("Send grant_type=client_credentials in the body.")
	default:
		return credentials{}, &refused{http.StatusBadRequest, "unsupported_grant_type", "The only grant_type is client_credentials."}
	}
	id, secret, basic := r.BasicAuth()
	switch {
	case basic && form.Has("client_secret"):
		return credentials{}, invalidRequest("Send the client's secret in one place: either by HTTP Basic or in the body.")
	case basic:
		c := fromBasic(id, secret)
		if form.Has("client_id") && form.Get("client_id") != c.id {
			return credentials{}, invalidRequest("The client_id in the body is not the one of HTTP Basic.")
		}
		return c, nil
	case r.Header.Get("Authorization") != "":
		return credentials{}, auth.ErrInvalidClient
	case form.Get("client_id") == "" || form.Get("client_secret") == "":
		return credentials{}, invalidRequest("Send the client's id and secret, by HTTP Basic or as client_id and client_secret in the body.")
	}
	return credentials{form.Get("client_id"), []string{form.Get("client_secret")}}, nil
}

func fromBasic(id, secret string) credentials {
	c := credentials{id, []string{secret}}
	if decoded, err := url.QueryUnescape(id); err == nil {
		c.id = decoded
	}
	if decoded, err := url.QueryUnescape(secret); err == nil && decoded != secret {
		c.secrets = append(c.secrets, decoded)
	}
	return c
}

// readForm reads the body. No parameter may be there twice (RFC 6749 section
// 3.2).
func readForm(r *http.Request) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return nil, invalidRequest("Send the parameters as application/x-www-form-urlencoded.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(body) > maxBody {
		return nil, invalidRequest("The body is longer than 8 KB: send only the parameters of the token request.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("The body cannot be read: percent-encode its values.")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, invalidRequest(fmt.Sprintf("The parameter %q is there twice: send it once.", name))
		}
	}
	return form, nil
}

func invalidRequest(description string) *refused {
	return &refused{http.StatusBadRequest, "invalid_request", description}
}
