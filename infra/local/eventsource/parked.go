package eventsource

import "encoding/json"

// Why a batch was parked.
const (
	RetryAttemptsExhausted = "RetryAttemptsExhausted"
	RecordAgeExceeded      = "RecordAgeExceeded"
)

// ParkedMessage is what Lambda sends to the on-failure queue of a stream event source: where the records are, not the records.
type ParkedMessage struct {
	RequestContext struct {
		RequestID              string `json:"requestId"`
		FunctionARN            string `json:"functionArn"`
		Condition              string `json:"condition"`
		ApproximateInvokeCount int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	ResponseContext *ResponseContext `json:"responseContext,omitempty"` // absent if the function never answered
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	BatchInfo       BatchInfo        `json:"DDBStreamBatchInfo"`
}

// ResponseContext tells of the function's last answer.
type ResponseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

// BatchInfo says where in the stream the records of a parked batch are.
type BatchInfo struct {
	ShardID                         string `json:"shardId"`
	StartSequenceNumber             string `json:"startSequenceNumber"`
	EndSequenceNumber               string `json:"endSequenceNumber"`
	ApproximateArrivalOfFirstRecord string `json:"approximateArrivalOfFirstRecord"`
	ApproximateArrivalOfLastRecord  string `json:"approximateArrivalOfLastRecord"`
	BatchSize                       int    `json:"batchSize"`
	StreamARN                       string `json:"streamArn"`
}

// ParseParked reads the body of a message in an on-failure queue. ok is false for one that no event source sent.
func ParseParked(body string) (message ParkedMessage, ok bool) {
	err := json.Unmarshal([]byte(body), &message)
	return message, err == nil && message.RequestContext.Condition != "" && message.BatchInfo.StreamARN != ""
}
