package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/rolecall/rolecall/pkg/scim"
)

// searchRequest is what a client asks of a list, in the parameters of GET (RFC
// 7644 section 3.4.2) or in the body of POST (section 3.4.3). Nil is left out.
type searchRequest struct {
	attributes, excludedAttributes []string
	filter, sortBy, sortOrder      *string
	startIndex, count              *int
	cursor                         *string // RFC 9865
	get                            bool
}

// queryRequest reads the parameters of GET. The projection has been read for
// every operation.
func queryRequest(query url.Values) (r searchRequest, err error) {
	r.get = true
	for _, p := range []struct {
		name     string
		into     **string
		scimType string
	}{
		{"filter", &r.filter, scim.InvalidFilter},
		{"cursor", &r.cursor, scim.InvalidCursor},
		{"sortBy", &r.sortBy, scim.InvalidValue},
		{"sortOrder", &r.sortOrder, scim.InvalidValue},
	} {
		if values := query[p.name]; len(values) == 1 {
			*p.into = &values[0]
		} else if len(values) > 1 {
			return r, scim.Errorf(http.StatusBadRequest, p.scimType, "%s came %d times: send it once.", p.name, len(values)).WithCode(scim.CodeBadFormat)
		}
	}
	if r.startIndex, err = intParameter(query, "startIndex", scim.InvalidValue); err != nil {
		return r, err
	}
	countError := scim.InvalidValue
	if r.cursor != nil {
		countError = scim.InvalidCount
	}
	alias, err := intParameter(query, "itemsPerPage", countError) // BeyondTrust
	if err != nil {
		return r, err
	}
	if r.count, err = intParameter(query, "count", countError); r.count == nil {
		r.count = alias
	}
	return r, err
}

// intParameter returns a whole number. Numbers beyond the range of int become
// its ends.
func intParameter(query url.Values, name, scimType string) (*int, error) {
	values := query[name]
	if len(values) == 0 {
		return nil, nil
	}
	value, ok := wholeNumber(values[0])
	if len(values) > 1 || !ok {
		return nil, notWhole(name, scimType)
	}
	return &value, nil
}

func wholeNumber(text string) (value int, ok bool) {
	value, err := strconv.Atoi(text)
	if e, isNumber := err.(*strconv.NumError); isNumber && e.Err == strconv.ErrRange {
		return value, true
	}
	return value, err == nil
}

func notWhole(name, scimType string) error {
	return scim.Errorf(http.StatusBadRequest, scimType, "%s must be one whole number, such as 100.", name).WithCode(scim.CodeBadFormat)
}

// decodeSearchRequest reads the body of a search.
func (c *call) decodeSearchRequest() (r searchRequest, err error) {
	if err := scim.CheckContentType(c.http.Header.Get("Content-Type")); err != nil {
		return r, err
	}
	message, err := scim.DecodeMessage(c.http.Body)
	if err != nil {
		return r, err
	}
	if err := c.checkSearchSchemas(message); err != nil {
		return r, err
	}
	for name, into := range map[string]*[]string{"attributes": &r.attributes, "excludedAttributes": &r.excludedAttributes} {
		if *into, err = textsMember(message, name); err != nil {
			return r, err
		}
	}
	for name, into := range map[string]**string{"filter": &r.filter, "cursor": &r.cursor, "sortBy": &r.sortBy, "sortOrder": &r.sortOrder} {
		if *into, err = textMember(message, name); err != nil {
			return r, err
		}
	}
	countError := scim.InvalidValue
	if r.cursor != nil {
		countError = scim.InvalidCount
	}
	if r.startIndex, err = numberMember(message, "startIndex", scim.InvalidValue); err != nil {
		return r, err
	}
	r.count, err = numberMember(message, "count", countError)
	return r, err
}

func (c *call) checkSearchSchemas(message scim.Members) error {
	value, given := message.Get("schemas")
	if !given && c.surface.schemasOptional {
		return nil
	}
	urns, _ := value.([]any)
	for _, urn := range urns {
		if text, ok := urn.(string); ok && scim.EqualNames(text, scim.SchemaSearchRequest) {
			return nil
		}
	}
	return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "schemas is required: send an array that holds %q.", scim.SchemaSearchRequest).WithCode(scim.CodeMissing)
}

func textMember(message scim.Members, name string) (*string, error) {
	value, _ := message.Get(name)
	switch value := value.(type) {
	case nil:
		return nil, nil
	case string:
		return &value, nil
	}
	return nil, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "%s must be a string.", name).WithCode(scim.CodeBadFormat)
}

// textsMember also accepts one string, which may hold several names as in the
// parameter of GET.
func textsMember(message scim.Members, name string) ([]string, error) {
	value, _ := message.Get(name)
	switch value := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{value}, nil
	case []any:
		texts := make([]string, len(value))
		for i := range value {
			text, ok := value[i].(string)
			if !ok {
				return nil, notTexts(name)
			}
			texts[i] = text
		}
		return texts, nil
	}
	return nil, notTexts(name)
}

func notTexts(name string) error {
	return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "%s must be an array of attribute names.", name).WithCode(scim.CodeBadFormat)
}

func numberMember(message scim.Members, name, scimType string) (*int, error) {
	value, _ := message.Get(name)
	switch value := value.(type) {
	case nil:
		return nil, nil
	case json.Number:
		if whole, ok := wholeNumber(value.String()); ok {
			return &whole, nil
		}
	}
	return nil, notWhole(name, scimType)
}
