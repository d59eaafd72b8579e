package trace_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/rolecall/rolecall/pkg/lambdaenv/trace"
)

const (
	root    = "1-5759e988-bd862e3fe1be46a994272793"
	parent  = "53995c3f42cd8ad8"
	sampled = "Root=" + root + ";Parent=" + parent + ";Sampled=1"
)

// subsegment is what X-Ray is told.
type subsegment struct {
	Name, ID, Type, Namespace string
	TraceID                   string  `json:"trace_id"`
	ParentID                  string  `json:"parent_id"`
	Start                     float64 `json:"start_time"`
	End                       float64 `json:"end_time"`
	Error, Throttle, Fault    bool
	Annotations               map[string]any
	AWS                       struct {
		Operation, Region string
		RequestID         string `json:"request_id"`
		Retries           int
	}
	Subsegments []subsegment
}

// daemon is X-Ray's.
type daemon struct {
	*trace.Daemon
	socket net.PacketConn
}

func newDaemon(t testing.TB) daemon {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return daemon{trace.DaemonAt(socket.LocalAddr().String()), socket}
}

// received returns what one datagram tells.
func (d daemon) received(t *testing.T) subsegment {
	t.Helper()
	datagram := make([]byte, 1<<16)
	_ = d.socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := d.socket.ReadFrom(datagram)
	if err != nil {
		t.Fatal(err)
	}
	content, ok := strings.CutPrefix(string(datagram[:n]), `{"format": "json", "version": 1}`+"\n")
	var s subsegment
	if err := json.Unmarshal([]byte(content), &s); err != nil || !ok {
		t.Fatalf("%v: %s", err, datagram[:n])
	}
	return s
}

// silent checks that nothing is sent.
func (d daemon) silent(t *testing.T, name string) {
	t.Helper()
	_ = d.socket.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) // over loopback, what is sent is there
	if n, _, err := d.socket.ReadFrom(make([]byte, 1<<16)); err == nil {
		t.Errorf("%s: %d bytes are sent", name, n)
	}
}

func invocation(ctx context.Context, header string) context.Context {
	//lint:ignore SA1029 it is aws-lambda-go's
	return context.WithValue(ctx, "x-amzn-trace-id", header)
}

// answers is an AWS that gives one answer after the other, and the last for ever.
type answers struct {
	mutex sync.Mutex
	left  []string // status, and the error's code behind a space
}

func (a *answers) Do(r *http.Request) (*http.Response, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	next := a.left[0]
	if len(a.left) > 1 {
		a.left = a.left[1:]
	}
	var status int
	var code string
	if _, _ = fmt.Sscan(next, &status, &code); status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	body := "{}"
	if code != "" {
		body = fmt.Sprintf(`{"__type":"com.amazonaws#%s"}`, code)
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Requestid": {"REQUEST"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func configOf(left ...string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: &answers{left: left}, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		APIOptions: []func(*middleware.Stack) error{trace.Calls},
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 3
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

func get(ctx context.Context, client *dynamodb.Client) error {
	_, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("Table"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}},
	})
	return err
}

// TestInvocation: an invocation is one subsegment, with one for each call of AWS,
// and nothing of what the SDK does within.
func TestInvocation(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	config := configOf("500 InternalServerError", "200")
	ctx, s := d.Begin(invocation(t.Context(), sampled), "get-role")
	begin := float64(time.Now().UnixMicro())/1e6 - 0.001
	s.Annotate("tenant", "acme")
	s.Annotate("coldStart", true)
	if err := get(ctx, dynamodb.NewFromConfig(config)); err != nil {
		t.Fatal(err)
	}
	if _, err := sqs.NewFromConfig(config).DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String("http://queue"), ReceiptHandle: aws.String("it")}); err != nil {
		t.Fatal(err)
	}
	s.End(204)
	got := d.received(t)
	if got.Name != "get-role" || got.Type != "subsegment" || got.TraceID != root || got.ParentID != parent || got.ID == "" || got.Error || got.Throttle || got.Fault {
		t.Errorf("the invocation is %+v", got)
	}
	if len(got.Annotations) != 2 || got.Annotations["tenant"] != "acme" || got.Annotations["coldStart"] != true {
		t.Errorf("annotations %v", got.Annotations)
	}
	if len(got.Subsegments) != 2 {
		t.Fatalf("%d calls: %+v", len(got.Subsegments), got.Subsegments)
	}
	for i, want := range []struct {
		name, operation string
		retries         int
	}{{"DynamoDB", "GetItem", 1}, {"SQS", "DeleteMessage", 0}} {
		call := got.Subsegments[i]
		if call.Name != want.name || call.Namespace != "aws" || call.AWS.Operation != want.operation || call.AWS.Region != "eu-west-1" || call.AWS.RequestID != "REQUEST" ||
			call.AWS.Retries != want.retries || call.Error || call.Throttle || call.Fault || call.ID == got.ID || len(call.Subsegments) > 0 || call.TraceID != "" {
			t.Errorf("call %d is %+v", i, call)
		}
		if call.Start < got.Start || call.End < call.Start || got.End < call.End || got.Start < begin-1 || got.End > begin+60 {
			t.Errorf("times: %f [%f, %f] %f", got.Start, call.Start, call.End, got.End)
		}
	}
	s.End(200)
	d.silent(t, "ended again")
}

// TestFlags: whose fault it was, of a call and of an answer.
func TestFlags(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	for answer, want := range map[string]string{
		"200":                                 "none",
		"400 ConditionalCheckFailedException": "error",
		"400 ThrottlingException":             "error throttle",
		"400 ProvisionedThroughputExceededException": "error throttle",
		"500 InternalServerError":                    "fault",
		"no answer":                                  "fault",
	} {
		ctx, s := d.Begin(invocation(t.Context(), sampled), "get-role")
		if err := get(ctx, dynamodb.NewFromConfig(configOf(answer))); (err == nil) != (want == "none") {
			t.Errorf("%s: %v", answer, err)
		}
		s.End(0)
		if got := flagsOf(d.received(t).Subsegments[0]); got != want {
			t.Errorf("%s: %s, want %s", answer, got, want)
		}
	}
	for status, want := range map[int]string{0: "none", 200: "none", 304: "none", 404: "error", 429: "error throttle", 500: "fault", 503: "fault"} {
		_, s := d.Begin(invocation(t.Context(), sampled), "get-role")
		s.End(status)
		if got := flagsOf(d.received(t)); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

func flagsOf(s subsegment) string {
	var flags []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"error", s.Error}, {"throttle", s.Throttle}, {"fault", s.Fault}} {
		if flag.set {
			flags = append(flags, flag.name)
		}
	}
	if flags == nil {
		return "none"
	}
	return strings.Join(flags, " ")
}

// TestManyCalls: of concurrent calls none is lost, as long as they fit a datagram,
// and what comes too late is nobody's.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	client := dynamodb.NewFromConfig(configOf("200"))
	ctx, s := d.Begin(invocation(t.Context(), sampled), "bulk")
	var all sync.WaitGroup
	for range 130 {
		all.Go(func() {
			if err := get(ctx, client); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.End(200)
	if got := d.received(t); len(got.Subsegments) != 100 || got.Annotations["callsLeftOut"] != 30.0 {
		t.Errorf("%d calls, annotations %v", len(got.Subsegments), got.Annotations)
	}
	if err := get(ctx, client); err != nil {
		t.Error(err)
	}
	s.Annotate("late", true)
	d.silent(t, "a late call")
}

// TestNothingIsSent: unless the invocation is sampled, and X-Ray has a daemon.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	client := dynamodb.NewFromConfig(configOf("200"))
	for name, ctx := range map[string]context.Context{
		"no header":   t.Context(),
		"not sampled": invocation(t.Context(), strings.Replace(sampled, "Sampled=1", "Sampled=0", 1)),
		"malformed":   invocation(t.Context(), "Root=;Parent=;Sampled=1"),
	} {
		ctx, s := d.Begin(ctx, "get-role")
		s.Annotate("tenant", "acme")
		if err := get(ctx, client); err != nil || s != nil {
			t.Errorf("%s: %v, %v", name, err, s)
		}
		s.End(200)
		d.silent(t, name)
	}
	for _, address := range []string{"", "nonsense", "localhost:2000", "127.0.0.1", "127.0.0.1:99999", "tcp:127.0.0.1:2000 udp:127.0.0.1:2000"} {
		if d := trace.DaemonAt(address); d != nil {
			t.Errorf("there is a daemon at %q", address)
		}
		_, s := trace.DaemonAt(address).Begin(invocation(t.Context(), sampled), "get-role")
		s.End(200)
	}
}

// TestDaemonIsGone: nobody listens, and nobody waits or is left behind.
func TestDaemonIsGone(t *testing.T) {
	d := newDaemon(t)
	if err := d.socket.Close(); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	start := time.Now()
	for range 1000 {
		_, s := d.Begin(invocation(t.Context(), sampled), "get-role")
		s.End(200)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("1000 invocations took %s", took)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines more", now-before)
	}
}

// TestOverhead: whoever is not sampled pays next to nothing.
func TestOverhead(t *testing.T) {
	d := newDaemon(t)
	traced := configOf("200")
	plain := traced
	plain.APIOptions = nil
	allocations := func(config aws.Config, ctx context.Context) float64 {
		client := dynamodb.NewFromConfig(config)
		return testing.AllocsPerRun(100, func() {
			if err := get(ctx, client); err != nil {
				t.Error(err)
			}
		})
	}
	ctx, s := d.Begin(invocation(t.Context(), sampled), "get-role")
	bare, idle, busy := allocations(plain, ctx), allocations(traced, t.Context()), allocations(traced, ctx)
	s.End(200)
	t.Logf("allocations of a call: %.0f, with the middleware %.0f, traced %.0f", bare, idle, busy)
	if idle > bare+5 || busy > bare+12 {
		t.Errorf("allocations of a call: %.0f, with the middleware %.0f, traced %.0f", bare, idle, busy)
	}
}

// BenchmarkInvocation is one of four calls, without the calls themselves.
func BenchmarkInvocation(b *testing.B) {
	d := newDaemon(b)
	for name, header := range map[string]string{"not sampled": "Root=" + root + ";Parent=" + parent + ";Sampled=0", "sampled": sampled} {
		b.Run(name, func(b *testing.B) {
			stack := middleware.NewStack("GetItem", func() any { return nil })
			if err := trace.Calls(stack); err != nil {
				b.Fatal(err)
			}
			call := middleware.DecorateHandler(middleware.HandlerFunc(func(context.Context, any) (any, middleware.Metadata, error) {
				return nil, middleware.Metadata{}, nil
			}), stack)
			b.ReportAllocs()
			for b.Loop() {
				ctx, s := d.Begin(invocation(b.Context(), header), "get-role")
				for range 4 {
					_, _, _ = call.Handle(ctx, nil)
				}
				s.Annotate("tenant", "acme")
				s.Annotate("status", 200)
				s.End(200)
			}
		})
	}
}
