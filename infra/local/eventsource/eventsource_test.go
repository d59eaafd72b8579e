package eventsource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/queue"
)

// change is what the test function reads of a record.
type change struct {
	EventID, EventName, EventVersion, EventSource, AWSRegion, EventSourceARN string
	DynamoDB                                                                 struct {
		ApproximateCreationDateTime int64
		Keys, NewImage, OldImage    map[string]map[string]any
		SequenceNumber              string
		SizeBytes                   int
		StreamViewType              string
	}
}

func (c change) id() string { return c.DynamoDB.Keys["sk"]["S"].(string) }

// function is the invoked function: it keeps the batches it gets and answers as the test says.
type function struct {
	mu      sync.Mutex
	batches [][]change
	answer  func(batch []change) (response, functionError string, err error)
}

func (f *function) invoke(_ context.Context, payload []byte) ([]byte, string, error) {
	var event struct{ Records []change }
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches = append(f.batches, event.Records)
	if f.answer == nil {
		return nil, "", nil
	}
	response, functionError, err := f.answer(event.Records)
	return []byte(response), functionError, err
}

// seen lists each batch as the sort keys of its records.
func (f *function) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var seen []string
	for _, batch := range f.batches {
		var ids []string
		for _, record := range batch {
			ids = append(ids, record.id())
		}
		seen = append(seen, strings.Join(ids, " "))
	}
	return seen
}

// failing answers that the first record with the id failed.
func failing(id string) func([]change) (string, string, error) {
	return func(batch []change) (string, string, error) {
		for _, record := range batch {
			if record.id() == id {
				return `{"batchItemFailures":[{"itemIdentifier":"` + record.DynamoDB.SequenceNumber + `"}]}`, "", nil
			}
		}
		return `{"batchItemFailures":[]}`, "", nil
	}
}

// crashing fails the whole batch that has the id.
func crashing(id string) func([]change) (string, string, error) {
	return func(batch []change) (string, string, error) {
		if slices.ContainsFunc(batch, func(c change) bool { return c.id() == id }) {
			return `{"errorMessage":"poison"}`, "Unhandled", nil
		}
		return "null", "", nil
	}
}

func put(t *testing.T, client *dynamodb.Client, table, id, value string) {
	t.Helper()
	_, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"},
		"sk": &types.AttributeValueMemberS{Value: id},
		"v":  &types.AttributeValueMemberS{Value: value},
		"b":  &types.AttributeValueMemberB{Value: []byte("<&>")},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// run starts an event source and returns it with a function that stops it.
func run(t *testing.T, endpoint string, settings eventsource.Settings, f *function, store eventsource.Store) (*eventsource.EventSource, func()) {
	t.Helper()
	settings.FunctionName = "sync"
	source, err := eventsource.New(settings, engine.NewStreamsClient(endpoint), f.invoke, store, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := source.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return source, stop
}

func drain(t *testing.T, source *eventsource.EventSource) {
	t.Helper()
	if err := source.WaitDrained(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// process writes five items and runs an event source over them until it is drained.
func process(t *testing.T, settings eventsource.Settings, f *function, store eventsource.Store) {
	t.Helper()
	client, table := enginetest.TableWithStream(t)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		put(t, client, table, id, "1")
	}
	settings.TableName = table
	source, _ := run(t, enginetest.Endpoint(t), settings, f, store)
	drain(t, source)
}

// onFailure is a store with a queue in memory.
func onFailure() eventsource.Store {
	return eventsource.Store{OnFailure: queue.New("parked", "", queue.DefaultVisibilityTimeout)}
}

func parked(t *testing.T, store eventsource.Store) []eventsource.ParkedMessage {
	t.Helper()
	messages, err := store.OnFailure.Messages()
	if err != nil {
		t.Fatal(err)
	}
	var parked []eventsource.ParkedMessage
	for _, message := range messages {
		one, ok := eventsource.ParseParked(message.Body)
		if !ok {
			t.Fatalf("parked %q", message.Body)
		}
		parked = append(parked, one)
	}
	return parked
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s %q, want %q", what, got, want)
	}
}

func TestEventIsThatOfLambda(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	put(t, client, table, "a", "1")
	put(t, client, table, "a", "2")
	f := &function{}
	source, _ := run(t, enginetest.Endpoint(t), eventsource.Settings{TableName: table}, f, eventsource.Store{})
	drain(t, source)
	if len(f.batches) != 1 || len(f.batches[0]) != 2 {
		t.Fatalf("batches %v", f.batches)
	}
	modify := f.batches[0][1]
	if modify.EventName != "MODIFY" || modify.EventVersion != "1.1" || modify.EventSource != "aws:dynamodb" || modify.AWSRegion != "us-east-1" || modify.EventID == "" {
		t.Errorf("record %+v", modify)
	}
	if !strings.HasPrefix(modify.EventSourceARN, "arn:aws:dynamodb:us-east-1:000000000000:table/"+table+"/stream/") {
		t.Errorf("eventSourceARN %s", modify.EventSourceARN)
	}
	d := modify.DynamoDB
	if d.ApproximateCreationDateTime == 0 || d.SequenceNumber == "" || d.SizeBytes == 0 || d.StreamViewType != "NEW_AND_OLD_IMAGES" {
		t.Errorf("change %+v", d)
	}
	if d.Keys["pk"]["S"] != "TENANT#acme" || d.NewImage["v"]["S"] != "2" || d.OldImage["v"]["S"] != "1" || d.NewImage["b"]["B"] != "PCY+" {
		t.Errorf("images %+v", d)
	}
}

func TestOrderAndBatchSize(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	f := &function{}
	source, _ := run(t, enginetest.Endpoint(t), eventsource.Settings{TableName: table, BatchSize: 7}, f, eventsource.Store{})
	for i := range 120 { // past 100, where sequence numbers of the engine get longer
		put(t, client, table, fmt.Sprint(i%3), fmt.Sprint(i))
	}
	drain(t, source)
	var values []string
	for _, batch := range f.batches {
		if len(batch) > 7 {
			t.Errorf("a batch of %d", len(batch))
		}
		for _, record := range batch {
			values = append(values, record.DynamoDB.NewImage["v"]["S"].(string))
		}
	}
	for i := range 120 {
		if i >= len(values) || values[i] != fmt.Sprint(i) {
			t.Fatalf("order %v", values)
		}
	}
}

func TestParallelizationKeepsTheOrderOfAnItem(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	for i := range 60 {
		put(t, client, table, fmt.Sprint(i%6), fmt.Sprint(i))
	}
	f := &function{}
	source, _ := run(t, enginetest.Endpoint(t), eventsource.Settings{TableName: table, BatchSize: 4, ParallelizationFactor: 3}, f, eventsource.Store{})
	drain(t, source)
	values := map[string][]string{}
	for _, batch := range f.batches {
		if len(batch) > 4 {
			t.Errorf("a batch of %d", len(batch))
		}
		for _, record := range batch {
			values[record.id()] = append(values[record.id()], record.DynamoDB.NewImage["v"]["S"].(string))
		}
	}
	for i := range 60 {
		id := fmt.Sprint(i % 6)
		if len(values[id]) != 10 || values[id][i/6] != fmt.Sprint(i) {
			t.Fatalf("changes of item %s: %v", id, values[id])
		}
	}
}

func TestFilterDropsRecords(t *testing.T) {
	t.Parallel()
	f := &function{}
	process(t, eventsource.Settings{Filters: []string{`{"dynamodb":{"Keys":{"sk":{"S":["b","d"]}}}}`}}, f, eventsource.Store{})
	equal(t, "batches", f.seen(), []string{"b d"})
}

func TestPartialFailure(t *testing.T) {
	t.Parallel()
	for _, bisect := range []bool{false, true} {
		t.Run(fmt.Sprintf("bisect %v", bisect), func(t *testing.T) {
			t.Parallel()
			f := &function{answer: failing("c")}
			store := onFailure()
			process(t, eventsource.Settings{ReportBatchItemFailures: true, MaximumRetryAttempts: 1, Bisect: bisect}, f, store)
			want := []string{"a b c d e", "c d e"} // the checkpoint is on the failed record; one retry is allowed
			start, size := "c", 3
			if bisect {
				want, size = []string{"a b c d e", "c d e", "c", "c", "d e"}, 1 // splits cost no attempt
			}
			equal(t, "batches", f.seen(), want)
			messages := parked(t, store)
			if len(messages) != 1 || messages[0].BatchInfo.BatchSize != size {
				t.Fatalf("parked %+v, want one message of %d records from %s", messages, size, start)
			}
			if first := f.batches[1][0].DynamoDB.SequenceNumber; messages[0].BatchInfo.StartSequenceNumber != first {
				t.Errorf("parked from %s, want %s", messages[0].BatchInfo.StartSequenceNumber, first)
			}
		})
	}
}

func TestPartialFailuresAreIgnoredUnlessAskedFor(t *testing.T) {
	t.Parallel()
	f := &function{answer: failing("c")}
	process(t, eventsource.Settings{}, f, eventsource.Store{})
	equal(t, "batches", f.seen(), []string{"a b c d e"})
}

func TestUnknownIdentifierFailsTheBatch(t *testing.T) {
	t.Parallel()
	f := &function{}
	f.answer = func(batch []change) (string, string, error) {
		return `{"batchItemFailures":[{"itemIdentifier":"` + batch[len(batch)-1].EventID + `x"}]}`, "", nil
	}
	store := onFailure()
	process(t, eventsource.Settings{ReportBatchItemFailures: true, MaximumRetryAttempts: 1}, f, store)
	equal(t, "batches", f.seen(), []string{"a b c d e", "a b c d e"})
	if messages := parked(t, store); len(messages) != 1 || messages[0].BatchInfo.BatchSize != 5 {
		t.Errorf("parked %+v", messages)
	}
}

func TestBisectIsolatesThePoison(t *testing.T) {
	t.Parallel()
	f := &function{answer: crashing("d")}
	store := onFailure()
	process(t, eventsource.Settings{Bisect: true, MaximumRetryAttempts: 1}, f, store)
	equal(t, "batches", f.seen(), []string{"a b c d e", "a b", "c d e", "c", "d e", "d", "d", "e"})

	messages := parked(t, store)
	if len(messages) != 1 {
		t.Fatalf("parked %+v", messages)
	}
	poison := f.batches[0][3].DynamoDB.SequenceNumber
	encoded, err := json.Marshal(messages[0])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	requestContext, info := got["requestContext"].(map[string]any), got["DDBStreamBatchInfo"].(map[string]any)
	for name, pair := range map[string][2]any{
		"condition":      {requestContext["condition"], "RetryAttemptsExhausted"},
		"functionArn":    {requestContext["functionArn"], "arn:aws:lambda:us-east-1:000000000000:function:sync"},
		"invoke count":   {requestContext["approximateInvokeCount"], 5.0},
		"version":        {got["version"], "1.0"},
		"start":          {info["startSequenceNumber"], poison},
		"end":            {info["endSequenceNumber"], poison},
		"batchSize":      {info["batchSize"], 1.0},
		"streamArn":      {info["streamArn"], f.batches[0][0].EventSourceARN},
		"function error": {got["responseContext"].(map[string]any)["functionError"], "Unhandled"},
		"status":         {got["responseContext"].(map[string]any)["statusCode"], 200.0},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	for _, name := range []string{"shardId", "approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"} {
		if info[name] == "" || info[name] == nil {
			t.Errorf("%s is missing: %s", name, encoded)
		}
	}
}

func TestRecordAge(t *testing.T) {
	t.Parallel()
	f := &function{}
	store := onFailure()
	process(t, eventsource.Settings{MaximumRecordAge: 1, MaximumRetryAttempts: -1}, f, store)
	equal(t, "batches", f.seen(), nil)
	count := 0
	for _, message := range parked(t, store) {
		count += message.BatchInfo.BatchSize
		if message.RequestContext.Condition != eventsource.RecordAgeExceeded || message.ResponseContext != nil || message.RequestContext.ApproximateInvokeCount != 0 {
			t.Errorf("message %+v", message)
		}
	}
	if count != 5 {
		t.Errorf("%d records parked, want 5", count)
	}
}

func TestAFunctionThatCannotBeInvokedCostsNoAttempt(t *testing.T) {
	t.Parallel()
	f, refused := &function{}, 0
	f.answer = func([]change) (string, string, error) {
		if refused++; refused < 3 {
			return "", "", errors.New("throttled")
		}
		return "", "", nil
	}
	store := onFailure()
	process(t, eventsource.Settings{}, f, store)
	equal(t, "batches", f.seen(), []string{"a b c d e", "a b c d e", "a b c d e"})
	if messages := parked(t, store); len(messages) != 0 {
		t.Errorf("parked %+v", messages)
	}
}

func TestResumeAfterRestart(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	store := eventsource.Store{Checkpoints: t.TempDir()}
	settings := eventsource.Settings{TableName: table, Filters: []string{`{"dynamodb":{"Keys":{"sk":{"S":[{"anything-but":"x"}]}}}}`}}
	f := &function{}
	for _, id := range []string{"a", "b", "x", "c"} {
		source, stop := run(t, enginetest.Endpoint(t), settings, f, store)
		put(t, client, table, id, "1")
		drain(t, source)
		stop()
	}
	equal(t, "batches", f.seen(), []string{"a", "b", "c"})
}

func TestLatestSkipsWhatWasThere(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	put(t, client, table, "a", "1")
	f := &function{}
	source, _ := run(t, enginetest.Endpoint(t), eventsource.Settings{TableName: table, StartingPosition: eventsource.Latest}, f, eventsource.Store{})
	drain(t, source)
	put(t, client, table, "b", "1")
	drain(t, source)
	equal(t, "batches", f.seen(), []string{"b"})
}

func TestTableCreatedAnew(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	f := &function{}
	source, _ := run(t, enginetest.Endpoint(t), eventsource.Settings{TableName: table}, f, eventsource.Store{Checkpoints: t.TempDir()})
	put(t, client, table, "a", "1")
	drain(t, source)
	if _, err := client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: &table}); err != nil {
		t.Fatal(err)
	}
	if err := engine.CreateTable(t.Context(), client, enginetest.Schema(table), ""); err != nil {
		t.Fatal(err)
	}
	put(t, client, table, "b", "1")
	drain(t, source)
	equal(t, "batches", f.seen(), []string{"a", "b"})
}

func TestEngineRestartsUnderTheEventSource(t *testing.T) {
	t.Parallel()
	options := engine.Options{Binary: enginetest.Binary(t), DataDir: t.TempDir()}
	first, err := engine.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	client := engine.NewClient(first.Endpoint())
	if err := engine.CreateTable(t.Context(), client, enginetest.Schema("Table"), ""); err != nil {
		t.Fatal(err)
	}
	f := &function{}
	source, _ := run(t, first.Endpoint(), eventsource.Settings{TableName: "Table"}, f, eventsource.Store{Checkpoints: t.TempDir()})
	put(t, client, "Table", "a", "1")
	drain(t, source)

	if err := kill(first.PID()); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	options.Port = first.Port()
	second, err := engine.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	put(t, client, "Table", "b", "1")
	drain(t, source)
	equal(t, "batches", f.seen(), []string{"a", "b"})
}

func kill(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

func TestWindowGathersABatch(t *testing.T) {
	t.Parallel()
	client, table := enginetest.TableWithStream(t)
	f := &function{}
	// The window outlasts the test: only a full batch ends it.
	settings := eventsource.Settings{TableName: table, BatchSize: 3, Window: 5 * 60 * 1e9}
	source, _ := run(t, enginetest.Endpoint(t), settings, f, eventsource.Store{})
	for _, id := range []string{"a", "b", "c"} {
		put(t, client, table, id, "1")
	}
	drain(t, source)
	equal(t, "batches", f.seen(), []string{"a b c"})
}

func TestNewRefusesBadSettings(t *testing.T) {
	t.Parallel()
	valid := eventsource.Settings{FunctionName: "sync", TableName: "Table"}
	for want, change := range map[string]func(*eventsource.Settings){
		"no function name":        func(s *eventsource.Settings) { s.FunctionName = "" },
		"neither a stream":        func(s *eventsource.Settings) { s.TableName = "" },
		"batch size":              func(s *eventsource.Settings) { s.BatchSize = 10_001 },
		"batching window":         func(s *eventsource.Settings) { s.Window = -1 },
		"maximum retry attempts":  func(s *eventsource.Settings) { s.MaximumRetryAttempts = -2 },
		"parallelization factor":  func(s *eventsource.Settings) { s.ParallelizationFactor = 11 },
		"starting position":       func(s *eventsource.Settings) { s.StartingPosition = "AT_TIMESTAMP" },
		"filter pattern [\"a\"]:": func(s *eventsource.Settings) { s.Filters = []string{`["a"]`} },
	} {
		settings := valid
		change(&settings)
		if _, err := eventsource.New(settings, nil, nil, eventsource.Store{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
