package tenant

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/resource"
)

// What an issuer may hold at most.
const (
	MaxIssuerURLLength = 512 // bytes, of each URL
	MaxAudienceLength  = 256 // characters
	MaxClaimNameLength = 256 // characters
	MaxRoleValues      = 100 // claim values that are worth roles
	MaxRoleValueLength = 256 // characters
	MaxIssuerRoles     = 100 // different role codes, over all claim values
)

// Issuer is the OpenID issuer whose tokens a tenant accepts, and what they are
// worth there. No two tenants may share both URL and Audience: a token does not
// say more of whom it is for.
type Issuer struct {
	URL            string              // exactly as in the claim iss (RFC 7519 section 4.1.1)
	Audience       string              // exactly as among the values of the claim aud (RFC 7519 section 4.1.3)
	Algorithms     []string            // by which tokens may be signed (RFC 7518 section 3.1, RFC 8037); empty for RS256
	KeysURL        string              // of the JWK Set (RFC 7517 section 5); empty for the one that OpenID discovery names
	PrincipalClaim string              // name of the claim with the caller's id; empty for sub. Users must not be able to choose its value.
	RolesClaim     string              // name or dotted path of the claim whose values Roles translates; empty for roles
	Roles          map[string][]string // claim value to role codes; any other value is worth nothing
}

// issuerAlgorithms are those of which the issuer alone has the secret.
var issuerAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// WithDefaults returns the issuer with what is left out filled in. KeysURL
// stays empty: only the issuer can say it.
func (i *Issuer) WithDefaults() Issuer {
	filled := *i
	if len(i.Algorithms) == 0 {
		filled.Algorithms = []string{"RS256"}
	}
	if i.PrincipalClaim == "" {
		filled.PrincipalClaim = "sub"
	}
	if i.RolesClaim == "" {
		filled.RolesClaim = "roles"
	}
	return filled
}

// RolesFor returns the role codes that the claim's values are worth, sorted and
// each once.
func (i *Issuer) RolesFor(values []string) []string {
	var codes []string
	for _, value := range values {
		codes = append(codes, i.Roles[value]...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Validate checks what an operator may choose. It returns a
// *resource.ValueError.
func (i *Issuer) Validate() error {
	if err := checkIssuerURL("issuer.url", i.URL); err != nil {
		return err
	}
	if strings.Contains(i.URL, "?") {
		return &resource.ValueError{Attribute: "issuer.url", Problem: resource.BadFormat, Detail: "issuer.url must have no query (OpenID Connect Discovery, section 2)."}
	}
	if i.KeysURL != "" {
		if err := checkIssuerURL("issuer.keysUrl", i.KeysURL); err != nil {
			return err
		}
	}
	if i.Audience == "" {
		return &resource.ValueError{Attribute: "issuer.audience", Problem: resource.Missing, Detail: "issuer.audience is required: send the value of aud that the issuer puts into tokens for this tenant."}
	}
	if err := checkPrintable("issuer.audience", i.Audience, MaxAudienceLength); err != nil {
		return err
	}
	if err := checkPrintable("issuer.principalClaim", i.PrincipalClaim, MaxClaimNameLength); err != nil {
		return err
	}
	if err := checkPrintable("issuer.rolesClaim", i.RolesClaim, MaxClaimNameLength); err != nil {
		return err
	}
	if err := i.checkAlgorithms(); err != nil {
		return err
	}
	return i.checkRoles()
}

func (i *Issuer) checkAlgorithms() error {
	for n, algorithm := range i.Algorithms {
		if !slices.Contains(issuerAlgorithms, algorithm) {
			return &resource.ValueError{Attribute: "issuer.algorithms", Problem: resource.Unsupported,
				Detail: fmt.Sprintf("issuer.algorithms may hold only %s.", strings.Join(issuerAlgorithms, ", "))}
		}
		if slices.Contains(i.Algorithms[:n], algorithm) {
			return &resource.ValueError{Attribute: "issuer.algorithms", Problem: resource.Unsupported, Detail: fmt.Sprintf("issuer.algorithms holds %s twice: send it once.", algorithm)}
		}
	}
	return nil
}

func (i *Issuer) checkRoles() error {
	if len(i.Roles) > MaxRoleValues {
		return &resource.ValueError{Attribute: "issuer.roles", Problem: resource.TooLong, Detail: fmt.Sprintf("issuer.roles must have at most %d claim values.", MaxRoleValues)}
	}
	different := map[string]bool{}
	for value, codes := range i.Roles {
		if value == "" {
			return &resource.ValueError{Attribute: "issuer.roles", Problem: resource.Missing, Detail: "A claim value in issuer.roles is empty: send one of 1 to 256 characters."}
		}
		if err := checkPrintable("issuer.roles", value, MaxRoleValueLength); err != nil {
			return err
		}
		if len(codes) == 0 {
			return &resource.ValueError{Attribute: "issuer.roles", Problem: resource.Missing, Detail: fmt.Sprintf("Claim value %q in issuer.roles has no role codes: send some, or leave it out.", value)}
		}
		if len(codes) > MaxIssuerRoles {
			return tooManyRoles()
		}
		for _, code := range codes {
			if err := resource.CheckCode("issuer.roles", code); err != nil {
				return err
			}
			different[code] = true
		}
	}
	if len(different) > MaxIssuerRoles {
		return tooManyRoles()
	}
	return nil
}

func tooManyRoles() error {
	return &resource.ValueError{Attribute: "issuer.roles", Problem: resource.TooLong, Detail: fmt.Sprintf("issuer.roles must name at most %d roles.", MaxIssuerRoles)}
}

// CheckKeysURL tells whether keys may be read from there: https, or http on this
// machine, so that it can be tried. It returns a *resource.ValueError.
func CheckKeysURL(raw string) error { return checkIssuerURL("jwks_uri", raw) }

func checkIssuerURL(attribute, raw string) error {
	if raw == "" {
		return &resource.ValueError{Attribute: attribute, Problem: resource.Missing, Detail: fmt.Sprintf("%s is required: send an https URL.", attribute)}
	}
	if len(raw) > MaxIssuerURLLength {
		return &resource.ValueError{Attribute: attribute, Problem: resource.TooLong, Detail: fmt.Sprintf("%s must have at most %d bytes.", attribute, MaxIssuerURLLength)}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || !strings.HasPrefix(raw, u.Scheme) || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: fmt.Sprintf("%s must be a URL like https://login.example.com/realm.", attribute)}
	case u.Scheme != "https" && !(u.Scheme == "http" && isThisMachine(u.Hostname())):
		return &resource.ValueError{Attribute: attribute, Problem: resource.Unsupported, Detail: fmt.Sprintf("%s must begin with https://; only on 127.0.0.1, [::1] and localhost may it begin with http://.", attribute)}
	case u.User != nil:
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: fmt.Sprintf("%s must have no user and password.", attribute)}
	case strings.Contains(raw, "#"):
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: fmt.Sprintf("%s must have no fragment.", attribute)}
	}
	return nil
}

func isThisMachine(host string) bool {
	return host == "127.0.0.1" || host == "::1" || host == "localhost"
}

func checkPrintable(attribute, value string, most int) error {
	if utf8.RuneCountInString(value) > most {
		return &resource.ValueError{Attribute: attribute, Problem: resource.TooLong, Detail: fmt.Sprintf("%s must have at most %d characters.", attribute, most)}
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: fmt.Sprintf("%s must consist of printable characters.", attribute)}
	}
	return nil
}
