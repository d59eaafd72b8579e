package scim

import "time"

// Meta is the complex attribute meta (RFC 7643 section 3.1). Resources of
// discovery have no times.
type Meta struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location"`
	Version      string `json:"version"`
	Created      string `json:"created,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

// FormatTime writes a dateTime (RFC 7643 section 2.3.5), in UTC and to the
// millisecond.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
