package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/resource"
)

// checkWrite decides whether a resource at this version may be changed (RFC
// 9110 section 13.2.2).
func (c *call) checkWrite(version int64) error {
	unchanged, err := c.checkRead(version)
	if err == nil && unchanged {
		return resource.ErrVersionMismatch
	}
	return err
}

// checkRead decides whether a resource at this version may be answered, and
// whether the client has it already.
func (c *call) checkRead(version int64) (unchanged bool, err error) {
	if !c.tags.ifMatch.IsZero() && !c.tags.ifMatch.Match(version) {
		return false, resource.ErrVersionMismatch
	}
	return c.tags.ifNoneMatch.Match(version), nil
}

// checkCreate decides whether a resource that is not there may be created:
// there is no version that If-Match could match.
func (c *call) checkCreate() error {
	if !c.tags.ifMatch.IsZero() {
		return resource.ErrVersionMismatch
	}
	return nil
}

// tagList gives a list the version of its content, since no store counts one, and
// decides whether it may be answered.
func (c *call) tagList(answer encoded) (encoded, error) {
	answer.version = versionOf(answer.body)
	if c.http.Method != http.MethodGet {
		return answer, c.checkWrite(answer.version)
	}
	unchanged, err := c.checkRead(answer.version)
	if err == nil && unchanged {
		return encoded{response: *notModified(answer.version)}, nil
	}
	return answer, err
}

// notModified answers a read of what the client has already.
func notModified(version int64) *response {
	return &response{status: http.StatusNotModified, version: version}
}
