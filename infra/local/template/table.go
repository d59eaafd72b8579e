package template

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Table is an AWS::DynamoDB::Table.
type Table struct {
	LogicalID string
	Name      string
	ARN       string
	// Create makes the table.
	Create *dynamodb.CreateTableInput
	// TTLAttribute is empty when items do not expire.
	TTLAttribute string
}

// PartitionKey answers the partition key of the table, by its name, or of one of its
// indexes, named Table/index/Index.
func (t Table) PartitionKey(name string) (string, bool) {
	if name == t.Name {
		return hashKey(t.Create.KeySchema)
	}
	for _, index := range t.Create.GlobalSecondaryIndexes {
		if name == t.Name+"/index/"+aws.ToString(index.IndexName) {
			return hashKey(index.KeySchema)
		}
	}
	return "", false
}

func hashKey(schema []types.KeySchemaElement) (string, bool) {
	for _, key := range schema {
		if key.KeyType == types.KeyTypeHash {
			return aws.ToString(key.AttributeName), true
		}
	}
	return "", false
}

func newTable(id string, properties map[string]any) (Table, error) {
	// The input's fields are named as the template's; the stream needs a flag more.
	input := &dynamodb.CreateTableInput{}
	if err := decode(properties, input); err != nil {
		return Table{}, err
	}
	var ttl struct {
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       bool
		}
	}
	if err := decode(properties, &ttl); err != nil {
		return Table{}, err
	}
	if aws.ToString(input.TableName) == "" {
		input.TableName = aws.String(id)
	}
	if input.StreamSpecification != nil {
		input.StreamSpecification.StreamEnabled = aws.Bool(true)
	}
	// Encryption, protection, tags, classes and throughput limits mean nothing to a local engine.
	input.SSESpecification, input.DeletionProtectionEnabled, input.Tags, input.TableClass, input.OnDemandThroughput = nil, nil, nil, "", nil
	t := Table{LogicalID: id, Name: *input.TableName, Create: input}
	t.ARN = arn("AWS::DynamoDB::Table", t.Name)
	if ttl.TimeToLiveSpecification.Enabled {
		t.TTLAttribute = ttl.TimeToLiveSpecification.AttributeName
	}
	return t, nil
}
