package simulation

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/infra/local/engine"
)

// stream reads the table's stream from its beginning on.
type stream struct {
	client   *dynamodbstreams.Client
	arn      string
	iterator *string
}

func openStream(ctx context.Context, endpoint, table string) (*stream, error) {
	client := engine.NewStreamsClient(endpoint)
	streams, err := client.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: &table})
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	if len(streams.Streams) != 1 {
		return nil, fmt.Errorf("the table %s has %d streams", table, len(streams.Streams))
	}
	arn := streams.Streams[0].StreamArn
	described, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		return nil, fmt.Errorf("describe stream: %w", err)
	}
	if shards := described.StreamDescription.Shards; len(shards) != 1 {
		return nil, fmt.Errorf("the stream has %d shards", len(shards))
	}
	position, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: arn, ShardId: described.StreamDescription.Shards[0].ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return nil, fmt.Errorf("position in the stream: %w", err)
	}
	return &stream{client, *arn, position.ShardIterator}, nil
}

// next returns what was written since it was last asked. The engine's stream is
// never behind.
func (s *stream) next(ctx context.Context) ([]types.Record, error) {
	const page = 1000
	var records []types.Record
	for {
		out, err := s.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: s.iterator, Limit: aws.Int32(page)})
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		records = append(records, out.Records...)
		s.iterator = out.NextShardIterator
		switch {
		case s.iterator == nil:
			return nil, errors.New("read the stream: its shard has ended")
		case len(out.Records) < page:
			return records, nil
		}
	}
}
