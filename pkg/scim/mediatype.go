package scim

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// MediaType is the media type of every answer (RFC 7644 section 8.1).
const MediaType = "application/scim+json"

const jsonMediaType = "application/json"

// CheckContentType returns an *Error with status 415 unless a body of this
// Content-Type is JSON. A body without Content-Type is taken for JSON.
func CheckContentType(value string) error {
	if value == "" || value == MediaType || value == jsonMediaType {
		return nil
	}
	mediaType, parameters, err := mime.ParseMediaType(value)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || mediaType != MediaType && mediaType != jsonMediaType {
		return Errorf(http.StatusUnsupportedMediaType, "",
			"A body of this Content-Type is not supported: send JSON with Content-Type: application/scim+json or application/json.")
	}
	switch strings.ToLower(parameters["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	}
	return Errorf(http.StatusUnsupportedMediaType, "", "Only the charset UTF-8 is supported: encode the body in UTF-8.")
}

// CheckAccept returns an *Error with status 406 unless the lines of an Accept
// header admit application/scim+json. Clients that ask for application/json
// get application/scim+json as well.
func CheckAccept(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	list := strings.Join(lines, ",")
	if strings.Trim(list, " \t,") == "" || list == MediaType || list == "*/*" || list == jsonMediaType {
		return nil
	}
	quality, specificity := bestRange(list, MediaType)
	if specificity < exactly {
		forJSON, _ := bestRange(list, jsonMediaType)
		quality = max(quality, forJSON)
	}
	if quality > 0 {
		return nil
	}
	return Errorf(http.StatusNotAcceptable, "",
		"Answers are application/scim+json, which the header Accept does not admit: send Accept: application/scim+json, or leave it out.")
}

// How closely a media range names a media type.
const (
	nothing = iota
	everything
	mainType
	exactly
)

// bestRange returns the quality of the range that names mediaType most closely
// (RFC 9110 section 12.5.1), 0 if none does.
func bestRange(list, mediaType string) (quality float64, specificity int) {
	for list != "" {
		var element string
		element, list = cutElement(list)
		rangeName, parameters, _ := strings.Cut(element, ";")
		if s := match(strings.TrimSpace(rangeName), mediaType); s > specificity {
			quality, specificity = qualityOf(parameters), s
		}
	}
	return quality, specificity
}

// cutElement cuts a list at its first comma outside quotes.
func cutElement(list string) (element, rest string) {
	quoted := false
	for i := range len(list) {
		switch {
		case list[i] == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// match takes a lone * for */*, as clients on Java's HttpURLConnection send it.
func match(rangeName, mediaType string) int {
	main, _, _ := strings.Cut(mediaType, "/")
	switch {
	case equalFold(rangeName, mediaType):
		return exactly
	case equalFold(rangeName, main+"/*"):
		return mainType
	case rangeName == "*/*" || rangeName == "*":
		return everything
	}
	return nothing
}

// qualityOf returns the parameter q, 1 when it is absent or unreadable.
func qualityOf(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !equalFold(strings.TrimSpace(name), "q") {
			continue
		}
		if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
			return q
		}
	}
	return 1
}
