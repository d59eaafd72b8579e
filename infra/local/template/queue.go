package template

import (
	"time"

	"github.com/rolecall/rolecall/infra/local/queue"
)

// Queue is an AWS::SQS::Queue.
type Queue struct {
	LogicalID string
	// Name is QueueName, or the logical id.
	Name string
	ARN  string
	// VisibilityTimeout hides a received message.
	VisibilityTimeout time.Duration
}

func newQueue(id string, res Resource) (Queue, error) {
	var p struct{ VisibilityTimeout *number }
	if err := decode(res.Properties, &p); err != nil {
		return Queue{}, err
	}
	name := explicitName(res, id)
	timeout := time.Duration(or(p.VisibilityTimeout, int(queue.DefaultVisibilityTimeout.Seconds()))) * time.Second
	return Queue{LogicalID: id, Name: name, ARN: arn(res.Type, name), VisibilityTimeout: timeout}, nil
}

// queueURL is what Ref answers for a queue.
func queueURL(name string) string {
	return "https://sqs." + Region + ".amazonaws.com/" + AccountID + "/" + name
}
