package upkeep

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
)

// streamRecord is what is read of a record. Everything else of an image may be of
// any form.
type streamRecord struct {
	EventName string
	DynamoDB  struct {
		SequenceNumber              string
		ApproximateCreationDateTime float64 // seconds since 1970
		Keys                        struct{ PK, SK struct{ S string } }
		NewImage, OldImage          map[string]json.RawMessage
	}
}

// decodeRecord reads where to look from a record's keys. Its images only tell
// what need not be looked at.
func decodeRecord(raw json.RawMessage) sync.Record {
	var from streamRecord
	err := json.Unmarshal(raw, &from)
	change := from.DynamoDB
	record := sync.Record{SequenceNumber: change.SequenceNumber, Raw: raw}
	if err != nil {
		record.Err = fmt.Errorf("decode stream record: %w", err)
		return record
	}
	owner, err := dynamo.OwnerOf(change.Keys.PK.S, change.Keys.SK.S)
	record.Hint.Tenant = owner.Tenant
	if err != nil {
		record.Err = fmt.Errorf("decode stream record: %w", err)
		return record
	}
	if change.SequenceNumber == "" {
		record.Err = errors.New("decode stream record: it has no sequence number")
		return record
	}
	record.Written = written(from)
	switch {
	case owner.Role != "":
		record.Hint.Role, record.Hint.Deleted = owner.Role, from.EventName == "REMOVE"
	case owner.Configuration:
		now := textOf(change.NewImage[dynamo.ConfiguredSet])
		record.Idle = now != "" && now == textOf(change.OldImage[dynamo.ConfiguredSet])
	case owner.PermissionSet != "":
		record.Idle = textOf(change.NewImage[dynamo.Recheck]) != dynamo.RecheckAll
	default:
		record.Idle = true
	}
	return record
}

// written is when the change was made: as the item tells, in milliseconds, or as
// the stream does, in seconds.
func written(from streamRecord) time.Time {
	var modified struct{ N string }
	if json.Unmarshal(from.DynamoDB.NewImage["lastModified"], &modified) == nil {
		if ms, err := strconv.ParseInt(modified.N, 10, 64); err == nil {
			return time.UnixMilli(ms)
		}
	}
	if seconds := from.DynamoDB.ApproximateCreationDateTime; seconds > 0 {
		return time.UnixMilli(int64(seconds * 1000))
	}
	return time.Time{}
}

func textOf(raw json.RawMessage) string {
	var value struct{ S string }
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	return value.S
}
