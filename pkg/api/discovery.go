package api

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"net/url"
	"strings"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
)

// discovery answers what the service can do (RFC 7644 section 4). It is the
// same for every tenant and changes only with the service itself.
type discovery struct {
	resourceType string
	endpoint     *endpoint // of one document
	documents    []document
}

// document is a resource of discovery.
type document struct {
	id      string // empty for the one of its kind
	text    []byte // JSON without meta
	version int64
}

func newDocument(id string, definition any) document {
	text, _ := json.Marshal(definition) // no value that JSON lacks: cannot fail
	return document{id, text, versionOf(text)}
}

// versionOf makes a version of the text itself: there is no store that would
// count its changes.
func versionOf(text []byte) int64 {
	hash := fnv.New64a()
	_, _ = hash.Write(text) // never fails
	return int64(hash.Sum64() >> 1)
}

// version is that of the list of all documents.
func (o discovery) version() int64 {
	var all []byte
	for _, d := range o.documents {
		all = append(all, d.text...)
	}
	return versionOf(all)
}

// handler answers the list and, behind it in the path, each document.
func (o discovery) handler(d Dependencies, list *endpoint) http.Handler {
	listed, one := d.handler(http.MethodGet, list, o.list), d.handler(http.MethodGet, o.endpoint, o.get)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route, _ := parsePath(r.URL); list.isAt(route) {
			listed.ServeHTTP(w, r)
		} else {
			one.ServeHTTP(w, r)
		}
	})
}

func (o discovery) list(_ context.Context, c *call) (*response, error) {
	version := o.version()
	if unchanged, err := c.checkRead(version); err != nil || unchanged {
		return notModified(version), err
	}
	resources := make([]documentResource, len(o.documents))
	for i, d := range o.documents {
		resources[i] = o.resource(c, d)
	}
	answer := &response{status: http.StatusOK, version: version}
	if list := scim.NewListResponse(resources); c.surface.lowerCaseResources {
		answer.body = scim.LowerCaseListResponse[documentResource](list)
	} else {
		answer.body = list
	}
	return answer, nil
}

func (o discovery) get(_ context.Context, c *call) (*response, error) {
	for _, d := range o.documents {
		if !scim.EqualNames(d.id, c.id) {
			continue
		}
		if unchanged, err := c.checkRead(d.version); err != nil || unchanged {
			return notModified(d.version), err
		}
		body := o.resource(c, d)
		return &response{status: http.StatusOK, version: d.version, contentLocation: body.meta.Location, body: body}, nil
	}
	return nil, resource.ErrNotFound
}

// documentResource is a document as clients see it.
type documentResource struct {
	document
	meta scim.Meta
}

func (o discovery) resource(c *call, d document) documentResource {
	return documentResource{d, scim.Meta{
		ResourceType: o.resourceType,
		Location:     strings.TrimSuffix(c.location(o.endpoint, d.id), "/"),
		Version:      c.surface.version(d.version),
	}}
}

// MarshalJSON writes meta as the last member of the document.
func (r documentResource) MarshalJSON() ([]byte, error) {
	meta, err := json.Marshal(r.meta)
	text := make([]byte, 0, len(r.text)+len(meta)+len(`,"meta":`))
	text = append(text, r.text[:len(r.text)-1]...)
	text = append(text, `,"meta":`...)
	text = append(text, meta...)
	return append(text, '}'), err
}

// checkDiscoveryQuery refuses a filter, so that nobody takes everything for
// what matches it, and ignores what else would select or order resources (RFC
// 7644 section 4).
func checkDiscoveryQuery(query url.Values) error {
	if query.Has("filter") {
		return scim.Errorf(http.StatusForbidden, "", "What the service can do cannot be filtered: leave out filter.")
	}
	return checkAPIVersion(query)
}
