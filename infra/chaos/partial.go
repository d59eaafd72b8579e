package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
)

type attributes = map[string]json.RawMessage

// answerInPart answers a read with the first half of what there is, as DynamoDB does
// that was asked for too much, and tells whether anything was left out.
func answerInPart(w http.ResponseWriter, r *http.Request, t *try) bool {
	whole := httptest.NewRecorder()
	t.Serve(whole, r)
	part, cut := whole.Body.Bytes(), false
	if whole.Code == http.StatusOK {
		var answer map[string]json.RawMessage
		if json.Unmarshal(part, &answer) == nil {
			cut = t.name == "Query" && cutPage(answer) || t.name == "BatchGetItem" && cutBatch(answer, t.Payload)
		}
		if cut {
			part = encode(answer)
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(whole.Code)
	_, _ = w.Write(part) // the caller may be gone
	return cut
}

// cutPage ends a page of a query early.
func cutPage(answer map[string]json.RawMessage) bool {
	var items []attributes
	if json.Unmarshal(answer["Items"], &items) != nil || len(items) < 2 {
		return false
	}
	items = items[:len(items)/2]
	last := items[len(items)-1]
	answer["Items"], answer["Count"], answer["ScannedCount"] = encode(items), encode(len(items)), encode(len(items))
	answer["LastEvaluatedKey"] = encode(attributes{"pk": last["pk"], "sk": last["sk"]})
	return true
}

// cutBatch leaves keys of a batch unprocessed.
func cutBatch(answer map[string]json.RawMessage, request []byte) bool {
	type keysOfTable struct {
		Keys           []map[string]struct{ S string }
		ConsistentRead bool
	}
	var asked struct{ RequestItems map[string]keysOfTable }
	var found map[string][]attributes
	if json.Unmarshal(request, &asked) != nil || json.Unmarshal(answer["Responses"], &found) != nil {
		return false
	}
	unprocessed := map[string]keysOfTable{}
	for table, in := range asked.RequestItems {
		left := in.Keys[(len(in.Keys)+1)/2:]
		if len(left) == 0 {
			continue
		}
		in.Keys = left
		unprocessed[table] = in
		found[table] = slices.DeleteFunc(found[table], func(it attributes) bool {
			return slices.ContainsFunc(left, func(key map[string]struct{ S string }) bool {
				var pk, sk struct{ S string }
				return json.Unmarshal(it["pk"], &pk) == nil && json.Unmarshal(it["sk"], &sk) == nil && key["pk"] == pk && key["sk"] == sk
			})
		})
	}
	answer["Responses"], answer["UnprocessedKeys"] = encode(found), encode(unprocessed)
	return len(unprocessed) > 0
}

// encode is the JSON of what was read from JSON, which cannot fail.
func encode(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}
