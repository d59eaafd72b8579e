package iam

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestAuthorizations(t *testing.T) {
	t.Parallel()
	keys := func(name string) (string, bool) {
		switch name {
		case "Table":
			return "pk", true
		case "Table/index/Index":
			return "gpk", true
		}
		return "", false
	}
	for _, c := range []struct {
		name, operation, body string
		want                  []string // action, table or index, leading keys
	}{
		{"get", "GetItem", `{"TableName":"Table","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}`, []string{"GetItem Table [a]"}},
		{"get by ARN", "GetItem", `{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/Table","Key":{"pk":{"N":"7"}}}`, []string{"GetItem Table [7]"}},
		{"put", "PutItem", `{"TableName":"Table","Item":{"pk":{"S":"a"},"x":{"M":{"pk":{"S":"no"}}}}}`, []string{"PutItem Table [a]"}},
		{"unknown table", "PutItem", `{"TableName":"Other","Item":{"pk":{"S":"a"}}}`, []string{"PutItem Other []"}},
		{"query", "Query", `{"TableName":"Table","KeyConditionExpression":"#p = :p AND begins_with(#s, :s)","ExpressionAttributeNames":{"#p":"pk","#s":"sk"},"ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"}}}`, []string{"Query Table [a]"}},
		{"query, no spaces", "Query", `{"TableName":"Table","KeyConditionExpression":"(sk>=:s)AND(pk=:p)","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"}}}`, []string{"Query Table [a]"}},
		{"query, equal sort key", "Query", `{"TableName":"Table","KeyConditionExpression":"sk = :s AND pk = :p","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"}}}`, []string{"Query Table [a]"}},
		{"query, between", "Query", `{"TableName":"Table","KeyConditionExpression":"pk = :p AND sk BETWEEN :s AND :t","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"},":t":{"S":"c"}}}`, []string{"Query Table [a]"}},
		{"query, no partition key", "Query", `{"TableName":"Table","KeyConditionExpression":"sk = :s","ExpressionAttributeValues":{":s":{"S":"b"}}}`, []string{"Query Table []"}},
		{"query, legacy", "Query", `{"TableName":"Table","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}}}`, []string{"Query Table [a]"}},
		{"query an index", "Query", `{"TableName":"Table","IndexName":"Index","KeyConditionExpression":"gpk = :p","ExpressionAttributeValues":{":p":{"S":"g"}}}`, []string{"Query Table/index/Index [g]"}},
		{"query an unknown index", "Query", `{"TableName":"Table","IndexName":"Other","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"g"}}}`, []string{"Query Table/index/Other []"}},
		{"scan", "Scan", `{"TableName":"Table"}`, []string{"Scan Table []"}},
		{"batch get", "BatchGetItem", `{"RequestItems":{"Table":{"Keys":[{"pk":{"S":"b"}},{"pk":{"S":"a"}},{"pk":{"S":"b"}}]},"Other":{"Keys":[{"id":{"S":"x"}}]}}}`, []string{"BatchGetItem Other []", "BatchGetItem Table [a b]"}},
		{"batch write", "BatchWriteItem", `{"RequestItems":{"Table":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}}`, []string{"BatchWriteItem Table [a b]"}},
		{"transact write", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"Table","Item":{"pk":{"S":"a"}}}},{"Update":{"TableName":"Table","Key":{"pk":{"S":"b"}}}},{"Delete":{"TableName":"Table","Key":{"pk":{"S":"c"}}}},{"ConditionCheck":{"TableName":"Table","Key":{"pk":{"S":"d"}}}}]}`, []string{"PutItem Table [a]", "UpdateItem Table [b]", "DeleteItem Table [c]", "ConditionCheckItem Table [d]"}},
		{"transact get", "TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"Table","Key":{"pk":{"S":"a"}}}}]}`, []string{"GetItem Table [a]"}},
		{"PartiQL read", "ExecuteStatement", `{"Statement":"SELECT * FROM \"Table\".\"Index\" WHERE gpk = 'a'"}`, []string{"PartiQLSelect Table/index/Index []"}},
		{"PartiQL writes", "ExecuteTransaction", `{"TransactStatements":[{"Statement":"INSERT INTO \"Table\" VALUE {'pk':'a'}"},{"Statement":"UPDATE \"Table\" SET x=1 WHERE pk='a'"},{"Statement":"DELETE FROM \"Table\" WHERE pk='a'"}]}`, []string{"PartiQLInsert Table []", "PartiQLUpdate Table []", "PartiQLDelete Table []"}},
		{"describe", "DescribeTable", `{"TableName":"Table"}`, []string{"DescribeTable Table []"}},
		{"list", "ListTables", `{}`, []string{"ListTables * []"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requests, err := authorizations(dynamoDBTarget+c.operation, []byte(c.body), keys)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range requests {
				got = append(got, fmt.Sprintf("%s %s %v", strings.TrimPrefix(r.Action, actionPrefix), strings.TrimPrefix(r.Resource, arnPrefix), r.context[leadingKeys]))
			}
			if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("authorizations %q, want %q", got, c.want)
			}
		})
	}
}

func TestAuthorizationsOfStreams(t *testing.T) {
	t.Parallel()
	iterator := base64.StdEncoding.EncodeToString([]byte(`{"table_name":"T","shard_id":"s","position":0}`))
	for _, c := range []struct{ operation, body, want string }{
		{"DescribeStream", `{"StreamArn":"arn:aws:dynamodb:engine:000000000000:table/T/stream/1795600926.9"}`, arnPrefix + "T/stream/local"},
		{"GetShardIterator", `{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/local","ShardId":"s"}`, arnPrefix + "T/stream/local"},
		{"GetRecords", `{"ShardIterator":"` + iterator + `"}`, arnPrefix + "T/stream/local"},
		{"GetRecords", `{"ShardIterator":"opaque"}`, anyStream},
		{"ListStreams", `{"TableName":"T"}`, anyStream},
	} {
		requests, err := authorizations(streamsTarget+c.operation, []byte(c.body), nil)
		if err != nil || len(requests) != 1 || requests[0].Action != actionPrefix+c.operation || requests[0].Resource != c.want {
			t.Errorf("%s %s: %+v, %v", c.operation, c.body, requests, err)
		}
	}
}
