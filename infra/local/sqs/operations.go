package sqs

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/queue"
)

// SQS's limits.
const (
	maxBody       = 1 << 20
	maxReceived   = 10
	maxVisibility = 12 * 60 * 60 // seconds
	maxWait       = 20           // seconds
)

// waitInterval is how often a receive that waits looks again: another process may have sent.
const waitInterval = 20 * time.Millisecond

// call holds the parameters of every operation.
type call struct {
	QueueUrl            string
	MessageBody         string
	ReceiptHandle       string
	MaxNumberOfMessages *int
	VisibilityTimeout   *int // seconds
	WaitTimeSeconds     int
	AttributeNames      []string
	// MessageSystemAttributeNames is the newer name of a receive's AttributeNames.
	MessageSystemAttributeNames []string

	DelaySeconds                               int
	MessageGroupId, MessageDeduplicationId     string
	MessageAttributes, MessageSystemAttributes map[string]json.RawMessage
}

func parseCall(payload []byte) (call, *iam.Fault) {
	var c call
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, fault("SerializationException", "%v", err)
	}
	if c.QueueUrl == "" {
		return c, fault("MissingParameter", "The request must contain the parameter QueueUrl.")
	}
	return c, nil
}

// queueARN is that of the queue in https://<any host>/<account>/<name>.
func (c call) queueARN() string {
	owner := path.Base(path.Dir(c.QueueUrl))
	return arnPrefix + owner + ":" + path.Base(c.QueueUrl)
}

func sendMessage(_ context.Context, q *queue.Queue, c call) (any, error) {
	switch {
	case c.MessageBody == "":
		return nil, fault("MissingParameter", "The request must contain the parameter MessageBody.")
	case len(c.MessageBody) > maxBody:
		return nil, invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxBody)
	case c.DelaySeconds != 0 || c.MessageGroupId+c.MessageDeduplicationId != "" || len(c.MessageAttributes)+len(c.MessageSystemAttributes) > 0:
		return nil, fault("UnsupportedOperation", "Delays, groups and attributes of messages are not supported locally.")
	}
	sent, err := q.Send(c.MessageBody)
	if err != nil {
		return nil, err
	}
	return map[string]string{"MessageId": sent.ID, "MD5OfMessageBody": checksum(sent.Body)}, nil
}

type received struct {
	MessageId, ReceiptHandle, MD5OfBody, Body string
	Attributes                                map[string]string `json:",omitempty"`
}

func receiveMessage(ctx context.Context, q *queue.Queue, c call) (any, error) {
	limit, seconds := 1, int(q.VisibilityTimeout().Seconds())
	if c.MaxNumberOfMessages != nil {
		limit = *c.MaxNumberOfMessages
	}
	if c.VisibilityTimeout != nil {
		seconds = *c.VisibilityTimeout
	}
	switch {
	case limit < 1 || limit > maxReceived:
		return nil, invalid("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and %d, if provided.", limit, maxReceived)
	case seconds < 0 || seconds > maxVisibility:
		return nil, invalid("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and %d, if provided.", seconds, maxVisibility)
	case c.WaitTimeSeconds < 0 || c.WaitTimeSeconds > maxWait:
		return nil, invalid("Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be between 0 and %d, if provided.", c.WaitTimeSeconds, maxWait)
	}
	until := time.Now().Add(time.Duration(c.WaitTimeSeconds) * time.Second)
	messages, err := receive(ctx, q, limit, time.Duration(seconds)*time.Second, until)
	if err != nil {
		return nil, err
	}
	names := slices.Concat(c.AttributeNames, c.MessageSystemAttributeNames)
	var answer struct {
		Messages []received `json:",omitempty"`
	}
	for _, m := range messages {
		answer.Messages = append(answer.Messages, received{m.ID, m.ReceiptHandle, checksum(m.Body), m.Body, selected(names, map[string]string{
			"ApproximateReceiveCount": strconv.Itoa(m.ReceiveCount), "SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10),
		})})
	}
	return answer, nil
}

// receive looks again and again until there is a message, or time is up.
func receive(ctx context.Context, q *queue.Queue, limit int, visibility time.Duration, until time.Time) ([]queue.Message, error) {
	for {
		messages, err := q.Receive(limit, visibility)
		if err != nil || len(messages) > 0 || !time.Now().Before(until) {
			return messages, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(waitInterval):
		}
	}
}

func deleteMessage(_ context.Context, q *queue.Queue, c call) (any, error) {
	err := q.Delete(c.ReceiptHandle)
	if errors.Is(err, queue.ErrReceiptHandle) {
		return nil, fault("ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", c.ReceiptHandle)
	}
	return nil, err
}

func queueAttributes(_ context.Context, q *queue.Queue, c call) (any, error) {
	visible, hidden, err := q.Count()
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		"QueueArn":                              c.queueARN(),
		"VisibilityTimeout":                     strconv.Itoa(int(q.VisibilityTimeout().Seconds())),
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
		"ApproximateNumberOfMessagesDelayed":    "0",
	}
	return map[string]any{"Attributes": selected(c.AttributeNames, all)}, nil
}

// selected keeps the attributes that were asked for; what is not known here is left out, as what has no value is.
func selected(names []string, attributes map[string]string) map[string]string {
	if slices.Contains(names, "All") {
		return attributes
	}
	out := map[string]string{}
	for _, name := range names {
		if value, ok := attributes[name]; ok {
			out[name] = value
		}
	}
	return out
}

func checksum(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

func invalid(format string, arguments ...any) *iam.Fault {
	return fault("InvalidParameterValue", format, arguments...)
}
