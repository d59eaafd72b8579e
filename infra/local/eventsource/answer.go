package eventsource

import (
	"bytes"
	"encoding/json"
)

// firstFailure reads a function's answer to a batch with ReportBatchItemFailures. It returns the index of the first record to
// retry: len(records) when all succeeded, 0 when the whole batch failed, as it has with an answer that cannot be trusted.
func firstFailure(response []byte, records []record) int {
	response = bytes.TrimSpace(response)
	if len(response) == 0 {
		return len(records)
	}
	var answer *struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if json.Unmarshal(response, &answer) != nil {
		return 0
	}
	if answer == nil {
		return len(records)
	}
	index := make(map[string]int, len(records))
	for i, record := range records {
		index[record.sequence] = i
	}
	first := len(records)
	for _, failure := range answer.BatchItemFailures {
		if failure.ItemIdentifier == nil {
			return 0
		}
		i, known := index[*failure.ItemIdentifier]
		if !known {
			return 0
		}
		first = min(first, i)
	}
	return first
}
