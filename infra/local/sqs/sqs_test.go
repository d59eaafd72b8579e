package sqs_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/queue"
	local "github.com/rolecall/rolecall/infra/local/sqs"
)

const (
	jobsURL = "https://sqs.us-east-1.amazonaws.com/000000000000/jobs"
	jobsARN = "arn:aws:sqs:us-east-1:000000000000:jobs"
)

// stand is a client of a function that may make these calls of the queue jobs and of missing, which is none.
type stand struct {
	*sqs.Client
	proxy *iam.Proxy
	jobs  *queue.Queue
}

func newStand(t *testing.T, dir string, actions ...string) stand {
	t.Helper()
	jobs := queue.New("jobs", dir, time.Hour)
	other := queue.New("other", "", time.Hour)
	proxy := iam.NewProxy(func() string { return "http://127.0.0.1:1" }, nil, local.New([]*queue.Queue{jobs, other}))
	err := proxy.Register("KEY", "worker", []iam.Statement{{
		Effect: "Allow", Actions: actions, Resources: []string{jobsARN, "arn:aws:sqs:us-east-1:000000000000:missing"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return stand{client(server.URL, "KEY"), proxy, jobs}
}

func client(url, key string) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "token"), RetryMaxAttempts: 1,
	})
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != code {
		t.Errorf("%s: error %v, want %s", what, err, code)
	}
}

func TestMessagesLife(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"disk": filepath.Join(t.TempDir(), "jobs"), "memory": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s := newStand(t, dir, "sqs:*")
			const body = "<ünï>\n{\"a\":1}" // the client compares checksums of it
			sent, err := s.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(jobsURL), MessageBody: aws.String(body)})
			if err != nil || aws.ToString(sent.MD5OfMessageBody) == "" {
				t.Fatalf("sent %+v, %v", sent, err)
			}
			received, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(jobsURL), MaxNumberOfMessages: 10,
				MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
			})
			if err != nil || len(received.Messages) != 1 {
				t.Fatalf("received %+v, %v", received, err)
			}
			m := received.Messages[0]
			if *m.Body != body || *m.MessageId != *sent.MessageId || aws.ToString(m.MD5OfBody) != *sent.MD5OfMessageBody ||
				m.Attributes["ApproximateReceiveCount"] != "1" || len(m.Attributes["SentTimestamp"]) != 13 {
				t.Errorf("message %+v", m)
			}
			attributes, err := s.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(jobsURL), AttributeNames: []types.QueueAttributeName{
				types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			}})
			if err != nil || len(attributes.Attributes) != 2 || attributes.Attributes["ApproximateNumberOfMessages"] != "0" ||
				attributes.Attributes["ApproximateNumberOfMessagesNotVisible"] != "1" {
				t.Errorf("attributes %+v, %v", attributes, err)
			}
			if again, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(jobsURL)}); err != nil || len(again.Messages) != 0 {
				t.Errorf("received again %+v, %v", again, err)
			}
			if _, err := s.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(jobsURL), ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Error(err)
			}
			all, err := s.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(jobsURL), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
			if err != nil || all.Attributes["ApproximateNumberOfMessagesNotVisible"] != "0" || all.Attributes["QueueArn"] != jobsARN || all.Attributes["VisibilityTimeout"] != "3600" {
				t.Errorf("attributes %+v, %v", all, err)
			}
			if used := s.proxy.Used()["worker"]; !slices.Equal(used, []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"}) {
				t.Errorf("used %q", used)
			}
		})
	}
}

func TestReceiveTakesUpToItsLimit(t *testing.T) {
	t.Parallel()
	s := newStand(t, "", "sqs:ReceiveMessage")
	for range 5 {
		if _, err := s.jobs.Send("x"); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{3, 2, 0} {
		received, err := s.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(jobsURL), MaxNumberOfMessages: 3})
		if err != nil || len(received.Messages) != want {
			t.Errorf("received %+v, %v, want %d", received, err, want)
		}
	}
}

// TestReceiveWaits runs in a bubble, whose time moves when all wait.
func TestReceiveWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jobs := queue.New("jobs", "", time.Hour)
		service := local.New([]*queue.Queue{jobs})
		receive := func() string {
			r := httptest.NewRequest("POST", "/", nil)
			r.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
			w := httptest.NewRecorder()
			service.Serve(w, r, []byte(`{"QueueUrl":"`+jobsURL+`","WaitTimeSeconds":20,"VisibilityTimeout":0}`))
			return w.Body.String()
		}
		start := time.Now()
		if answer := receive(); strings.Contains(answer, "Body") || time.Since(start) < 20*time.Second {
			t.Errorf("after %s: %s", time.Since(start), answer)
		}
		start = time.Now()
		answers := make(chan string)
		go func() { answers <- receive() }()
		synctest.Wait()
		if _, err := jobs.Send("late"); err != nil {
			t.Fatal(err)
		}
		if answer := <-answers; !strings.Contains(answer, `"Body":"late"`) || time.Since(start) > time.Second {
			t.Errorf("after %s: %s", time.Since(start), answer)
		}
		if visible, _, err := jobs.Count(); visible != 1 || err != nil {
			t.Errorf("%d messages are visible, %v: the receiver wanted none hidden", visible, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStand(t, "", "sqs:*")
	send := func(url, body string, change func(*sqs.SendMessageInput)) error {
		input := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}
		if change != nil {
			change(input)
		}
		_, err := s.SendMessage(ctx, input)
		return err
	}
	receive := func(input *sqs.ReceiveMessageInput) error {
		input.QueueUrl = aws.String(jobsURL)
		_, err := s.ReceiveMessage(ctx, input)
		return err
	}
	missing := send("https://sqs.us-east-1.amazonaws.com/000000000000/missing", "x", nil)
	var unknown *types.QueueDoesNotExist
	if !errors.As(missing, &unknown) {
		t.Errorf("unknown queue: %v", missing)
	}
	wantCode(t, "unknown queue", missing, "AWS.SimpleQueueService.NonExistentQueue")
	wantCode(t, "foreign account", send("https://sqs.us-east-1.amazonaws.com/111111111111/jobs", "x", nil), "AccessDeniedException")
	wantCode(t, "empty body", send(jobsURL, "", nil), "MissingParameter")
	wantCode(t, "large body", send(jobsURL, strings.Repeat("x", 1<<20+1), nil), "InvalidParameterValue")
	if err := send(jobsURL, strings.Repeat("x", 1<<20), nil); err != nil {
		t.Errorf("largest body: %v", err)
	}
	wantCode(t, "delay", send(jobsURL, "x", func(i *sqs.SendMessageInput) { i.DelaySeconds = 1 }), "AWS.SimpleQueueService.UnsupportedOperation")
	wantCode(t, "attributes", send(jobsURL, "x", func(i *sqs.SendMessageInput) {
		i.MessageAttributes = map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("b")}}
	}), "AWS.SimpleQueueService.UnsupportedOperation")
	wantCode(t, "too many", receive(&sqs.ReceiveMessageInput{MaxNumberOfMessages: 11}), "InvalidParameterValue")
	wantCode(t, "long visibility", receive(&sqs.ReceiveMessageInput{VisibilityTimeout: 43201}), "InvalidParameterValue")
	wantCode(t, "long wait", receive(&sqs.ReceiveMessageInput{WaitTimeSeconds: 21}), "InvalidParameterValue")
	_, err := s.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(jobsURL), ReceiptHandle: aws.String("../x")})
	wantCode(t, "receipt handle", err, "ReceiptHandleIsInvalid")
	_, err = s.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(jobsURL)})
	wantCode(t, "another operation", err, "AWS.SimpleQueueService.UnsupportedOperation")
}

func TestAccess(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStand(t, "", "sqs:SendMessage")
	if _, err := s.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(jobsURL), MessageBody: aws.String("x")}); err != nil {
		t.Error(err)
	}
	_, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(jobsURL)})
	wantCode(t, "another action", err, "AccessDeniedException")
	other := "https://sqs.us-east-1.amazonaws.com/000000000000/other"
	_, err = s.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &other, MessageBody: aws.String("x")})
	wantCode(t, "another queue", err, "AccessDeniedException")
	denied := s.proxy.Denied()
	if len(denied) != 2 || denied[0].Action != "sqs:ReceiveMessage" || denied[0].Resource != jobsARN || denied[1].Resource != "arn:aws:sqs:us-east-1:000000000000:other" {
		t.Errorf("denied %+v", denied)
	}
	server := httptest.NewServer(s.proxy)
	t.Cleanup(server.Close)
	_, err = client(server.URL, "STRANGER").SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(jobsURL), MessageBody: aws.String("x")})
	wantCode(t, "stranger", err, "UnrecognizedClientException")
}

func TestAQueueThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "jobs")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStand(t, file, "sqs:*")
	_, err := s.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(jobsURL), MessageBody: aws.String("x")})
	wantCode(t, "a broken folder", err, "InternalError")
	if used := s.proxy.Used()["worker"]; len(used) != 0 {
		t.Errorf("used %q", used)
	}
}
