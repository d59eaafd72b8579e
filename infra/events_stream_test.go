package infra_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/template"
)

// streamEvent is a batch of records of a table's stream.
type streamEvent struct {
	Records []streamRecord `json:"Records"`
}

type streamRecord struct {
	EventID        string           `json:"eventID"`
	EventName      string           `json:"eventName"`
	EventVersion   string           `json:"eventVersion"`
	EventSource    string           `json:"eventSource"`
	AWSRegion      string           `json:"awsRegion"`
	DynamoDB       streamChange     `json:"dynamodb"`
	UserIdentity   *streamPrincipal `json:"userIdentity,omitempty"` // where DynamoDB itself removed the item
	EventSourceARN string           `json:"eventSourceARN"`
}

type streamChange struct {
	ApproximateCreationDateTime float64 `json:"ApproximateCreationDateTime"` // seconds
	Keys                        image   `json:"Keys"`
	NewImage                    image   `json:"NewImage,omitempty"`
	OldImage                    image   `json:"OldImage,omitempty"`
	SequenceNumber              string  `json:"SequenceNumber"`
	SizeBytes                   int     `json:"SizeBytes"`
	StreamViewType              string  `json:"StreamViewType"`
}

type streamPrincipal struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

var (
	recordID       = regexp.MustCompile(`^[0-9a-f]{32}$`)
	sequenceNumber = regexp.MustCompile(`^[1-9]\d{20,39}$`)
	streamARN      = regexp.MustCompile(`^arn:aws:dynamodb:` + eventRegion + `:` + eventAccount + `:table/rolecall-dev-Table-[0-9A-Z]+/stream/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$`)
)

type streamCheck struct {
	in      *template.Template
	filters map[string]eventsource.Filter // by function
	records map[string]streamRecord       // by sequence number, of all events
}

func newStreamCheck(t *testing.T, in *template.Template) streamCheck {
	t.Helper()
	c := streamCheck{in, map[string]eventsource.Filter{}, map[string]streamRecord{}}
	for _, source := range in.EventSources {
		filter, err := eventsource.CompileFilter(source.Filters)
		if err != nil {
			t.Fatal(err)
		}
		c.filters[source.Function] = filter
	}
	return c
}

func (c streamCheck) check(t *testing.T, file eventFile) {
	t.Helper()
	var event streamEvent
	if err := exactly(file.content, &event); err != nil {
		t.Fatal(err)
	}
	before := ""
	for _, record := range event.Records {
		t.Run(record.DynamoDB.SequenceNumber, func(t *testing.T) {
			c.checkRecord(t, record)
			checkImages(t, record, c.in.Tables[0].TTLAttribute)
			c.checkFilter(t, file, record)
		})
		if at := record.DynamoDB.SequenceNumber; at <= before {
			t.Errorf("record %s comes behind %s", at, before)
		}
		before = record.DynamoDB.SequenceNumber
	}
}

func (c streamCheck) checkRecord(t *testing.T, record streamRecord) {
	t.Helper()
	change := record.DynamoDB
	if record.EventVersion != "1.1" || record.EventSource != "aws:dynamodb" || record.AWSRegion != eventRegion || change.StreamViewType != "NEW_AND_OLD_IMAGES" {
		t.Errorf("version %s, source %s, region %s, view %s", record.EventVersion, record.EventSource, record.AWSRegion, change.StreamViewType)
	}
	if !recordID.MatchString(record.EventID) || !sequenceNumber.MatchString(change.SequenceNumber) || !streamARN.MatchString(record.EventSourceARN) {
		t.Errorf("id %s, sequence number %s, stream %s", record.EventID, change.SequenceNumber, record.EventSourceARN)
	}
	// The functions read one stream, so a record is the same to each.
	for number, other := range c.records {
		if same := number == change.SequenceNumber; same != reflect.DeepEqual(record, other) || same != (record.EventID == other.EventID) {
			t.Errorf("unlike record %s of another event", number)
		}
	}
	c.records[change.SequenceNumber] = record
}

// checkImages: they are there as the event's name has it, have the keys, and make up
// the record's size.
func checkImages(t *testing.T, record streamRecord, ttl string) {
	t.Helper()
	change := record.DynamoDB
	images := fmt.Sprintf("new %t, old %t", change.NewImage != nil, change.OldImage != nil)
	if want := map[string]string{"INSERT": "new true, old false", "MODIFY": "new true, old true", "REMOVE": "new false, old true"}[record.EventName]; images != want {
		t.Errorf("%s has images: %s, want %s", record.EventName, images, want)
	}
	size := 0
	for _, part := range []image{change.Keys, change.NewImage, change.OldImage} {
		if part == nil {
			continue
		}
		bytes, err := part.size()
		if err != nil {
			t.Error(err)
		}
		size += bytes
		if !reflect.DeepEqual(image{"pk": part["pk"], "sk": part["sk"]}, change.Keys) {
			t.Errorf("%v has not the keys %v", part, change.Keys)
		}
	}
	if change.SizeBytes != size {
		t.Errorf("SizeBytes is %d, want %d", change.SizeBytes, size)
	}
	if reflect.DeepEqual(change.NewImage, change.OldImage) {
		t.Error("nothing has changed: AWS makes no record of that")
	}
	// An item that had expired was removed by DynamoDB, and no other was.
	var expires string
	_ = json.Unmarshal(change.OldImage[ttl]["N"], &expires) // there is none on most items
	seconds, err := strconv.ParseFloat(expires, 64)
	expired := record.EventName == "REMOVE" && err == nil && seconds < change.ApproximateCreationDateTime
	if want := (&streamPrincipal{"Service", "dynamodb.amazonaws.com"}); expired != (record.UserIdentity != nil) || expired && *record.UserIdentity != *want {
		t.Errorf("expired %t, removed by %+v", expired, record.UserIdentity)
	}
}

// checkFilter: the event source hands a function only records that pass its filter.
// What the function makes of others a file shows that says so in its name.
func (c streamCheck) checkFilter(t *testing.T, file eventFile, record streamRecord) {
	t.Helper()
	encoded, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	passes, err := c.filters[file.function.LogicalID].Passes(encoded)
	if err != nil || passes == strings.HasSuffix(file.name, "-filtered") {
		t.Errorf("passes the filter: %t, %v", passes, err)
	}
}
