package iam

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// StreamLabel stands for the label of any stream: a template's statements cannot know the real one, which a stream gets when it
// is made.
const StreamLabel = "local"

// streamResource is the stream that a call is about, any label of it. A shard iterator is opaque on AWS, but the engine's tells
// the table; one that does not is of any table's stream, so that only a statement with a wildcard allows it.
func streamResource(b body) string {
	table, _, _ := strings.Cut(tableName(b.StreamArn), pathOfStream)
	if b.ShardIterator != "" {
		table = iteratorTable(b.ShardIterator)
	}
	if table == "" {
		return anyStream
	}
	return arnPrefix + table + pathOfStream + StreamLabel
}

func iteratorTable(iterator string) string {
	var position struct {
		Table string `json:"table_name"`
	}
	if decoded, err := base64.StdEncoding.DecodeString(iterator); err != nil || json.Unmarshal(decoded, &position) != nil {
		return ""
	}
	return position.Table
}
