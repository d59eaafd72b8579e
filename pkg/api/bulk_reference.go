package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// bulkIDPrefix marks a reference to what another operation of the same bulk
// request creates (RFC 7644 section 3.7.2). It stands in the path, in a value,
// or among the roles of a parameter.
const bulkIDPrefix = "bulkId:"

// references returns the bulkIds that an operation refers to, each once.
func references(path string, data json.RawMessage) []string {
	var found []string
	collect := func(part string) string {
		if bulkID, ok := strings.CutPrefix(part, bulkIDPrefix); ok {
			found = append(found, bulkID)
		}
		return part
	}
	eachPart(path, "/", collect)
	if tree, ok := decodeTree(data); ok {
		mapTexts(tree, func(text string) string { return eachPart(text, "|", collect) })
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// resolvedOperation has ids in place of references.
type resolvedOperation struct {
	path string
	data []byte
}

// resolve replaces references by the ids of what was created.
func resolve(path string, data json.RawMessage, ids map[string]string) (resolvedOperation, error) {
	for _, bulkID := range references(path, data) {
		if _, ok := ids[bulkID]; !ok {
			return resolvedOperation{}, scim.Errorf(http.StatusConflict, "", "The operation refers to bulkId:%s, which no operation of this request has created.", bulkID)
		}
	}
	replace := func(part string) string {
		if bulkID, ok := strings.CutPrefix(part, bulkIDPrefix); ok {
			return ids[bulkID]
		}
		return part
	}
	resolved := resolvedOperation{path: eachPart(path, "/", replace), data: data}
	if tree, ok := decodeTree(data); ok {
		tree = mapTexts(tree, func(text string) string { return eachPart(text, "|", replace) })
		encoded, err := json.Marshal(tree)
		if err != nil {
			return resolvedOperation{}, err
		}
		resolved.data = encoded
	}
	return resolved, nil
}

// withoutGrants takes the references to these bulkIds out of the permission
// sets that a role is to grant.
func withoutGrants(data json.RawMessage, bulkIDs []string) (without json.RawMessage, removed []string) {
	tree, ok := decodeTree(data)
	resource, isObject := tree.(map[string]any)
	if !ok || !isObject {
		return data, nil
	}
	for name, extension := range resource {
		fields, isObject := extension.(map[string]any)
		if !isObject || !strings.EqualFold(name, roleExtensionURN) {
			continue
		}
		for name, sets := range fields {
			list, isList := sets.([]any)
			if !isList || !strings.EqualFold(name, "permissionSets") {
				continue
			}
			fields[name] = slices.DeleteFunc(list, func(set any) bool {
				for _, bulkID := range bulkIDs {
					if mentions(set, bulkID) {
						removed = append(removed, bulkID)
						return true
					}
				}
				return false
			})
		}
	}
	encoded, err := json.Marshal(tree)
	if err != nil {
		return data, nil
	}
	slices.Sort(removed)
	return encoded, slices.Compact(removed)
}

func mentions(tree any, bulkID string) bool {
	found := false
	mapTexts(tree, func(text string) string {
		found = found || text == bulkIDPrefix+bulkID
		return text
	})
	return found
}

// decodeTree reads data, if it holds any reference at all.
func decodeTree(data json.RawMessage) (tree any, ok bool) {
	if !bytes.Contains(data, []byte(bulkIDPrefix)) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // numbers keep their spelling
	err := decoder.Decode(&tree)
	return tree, err == nil
}

// mapTexts returns the tree with every string value mapped.
func mapTexts(tree any, mapping func(string) string) any {
	switch value := tree.(type) {
	case string:
		return mapping(value)
	case []any:
		for i := range value {
			value[i] = mapTexts(value[i], mapping)
		}
	case map[string]any:
		for name := range value {
			value[name] = mapTexts(value[name], mapping)
		}
	}
	return tree
}

// eachPart maps the parts between separators.
func eachPart(text, separator string, mapping func(string) string) string {
	if !strings.Contains(text, bulkIDPrefix) {
		return text
	}
	parts := strings.Split(text, separator)
	for i := range parts {
		parts[i] = mapping(parts[i])
	}
	return strings.Join(parts, separator)
}
