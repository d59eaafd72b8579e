package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	arnPrefix        = "arn:aws:dynamodb:us-east-1:000000000000:table/"
	anyTable         = arnPrefix + "*"
	pathOfStream     = "/stream/"
	anyStream        = anyTable + pathOfStream + "*"
	dynamoDBTarget   = "DynamoDB_20120810."
	streamsTarget    = "DynamoDBStreams_20120810."
	pathOfIndex      = "/index/"
	actionPrefix     = "dynamodb:"
	transactWrite    = "TransactWriteItems"
	transactGet      = "TransactGetItems"
	executeStatement = "ExecuteStatement"
)

var errUnknownOperation = errors.New("the operation is not one of DynamoDB")

// body is what authorization needs of a request.
type body struct {
	tableItem
	Select                 string
	IndexName              string
	KeyConditionExpression string
	KeyConditions          map[string]struct {
		ComparisonOperator string
		AttributeValueList []value
	}
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]value
	RequestItems              map[string]json.RawMessage
	TransactItems             []map[string]tableItem
	Statement                 string
	Statements                []struct{ Statement string }
	TransactStatements        []struct{ Statement string }
	ResourceArn               string
	StreamArn                 string
	ShardIterator             string
}

type tableItem struct {
	TableName string
	Key, Item item
}

// item keeps attributes unread: only the partition key is looked at.
type item map[string]json.RawMessage

type value struct {
	S *string
	N *string
	B *string
}

// keysOf returns the name of the partition key of "Table" or "Table/index/Index".
type keysOf func(table string) (partitionKey string, ok bool)

// authorizations lists what AWS checks before it runs an operation.
func authorizations(target string, payload []byte, keys keysOf) ([]Need, error) {
	streams := strings.HasPrefix(target, streamsTarget)
	if !streams && !strings.HasPrefix(target, dynamoDBTarget) {
		return nil, fmt.Errorf("%w: %q", errUnknownOperation, target)
	}
	var b body
	if len(payload) > 0 {
		if err := json.Unmarshal(payload, &b); err != nil {
			return nil, fmt.Errorf("the body is not a DynamoDB request: %w", err)
		}
	}
	_, operation, _ := strings.Cut(target, ".")
	if streams {
		return []Need{{Action: actionPrefix + operation, Resource: streamResource(b)}}, nil
	}
	switch operation {
	case "GetItem", "PutItem", "UpdateItem", "DeleteItem":
		return []Need{itemRequest(operation, b.tableItem, "", keys)}, nil
	case "Query", "Scan":
		return []Need{readRequest(operation, b, keys)}, nil
	case "BatchGetItem", "BatchWriteItem":
		return batchRequests(operation, b, keys)
	case transactWrite, transactGet:
		return transactRequests(operation, b, keys)
	case executeStatement, "BatchExecuteStatement", "ExecuteTransaction":
		return partiQLRequests(operation, b), nil
	}
	return []Need{{Action: actionPrefix + operation, Resource: otherResource(b)}}, nil
}

func itemRequest(action string, target tableItem, enclosing string, keys keysOf) Need {
	table := tableName(target.TableName)
	r := Need{Action: actionPrefix + action, Resource: arnPrefix + table, context: map[string][]string{}}
	if enclosing != "" {
		r.context[enclosingOperation] = []string{enclosing}
	}
	if name, ok := keys(table); ok {
		r.context[leadingKeys] = distinct(leadingKey(target.Key, name), leadingKey(target.Item, name))
	}
	return r
}

func readRequest(operation string, b body, keys keysOf) Need {
	target := tableName(b.TableName)
	if b.IndexName != "" {
		target += pathOfIndex + b.IndexName
	}
	r := Need{Action: actionPrefix + operation, Resource: arnPrefix + target, context: map[string][]string{}}
	if b.Select != "" {
		r.context[selectKey] = []string{b.Select}
	}
	if name, ok := keys(target); ok && operation == "Query" {
		r.context[leadingKeys] = distinct(queriedKey(b, name))
	}
	return r
}

// batchRequests authorizes each table of a batch once, with all its keys.
func batchRequests(operation string, b body, keys keysOf) ([]Need, error) {
	var requests []Need
	for _, name := range slices.Sorted(maps.Keys(b.RequestItems)) {
		items, err := batchItems(operation, b.RequestItems[name])
		if err != nil {
			return nil, fmt.Errorf("the batch on table %s: %w", name, err)
		}
		table := tableName(name)
		r := Need{Action: actionPrefix + operation, Resource: arnPrefix + table, context: map[string][]string{}}
		if key, ok := keys(table); ok {
			var values []string
			for _, item := range items {
				values = append(values, leadingKey(item, key))
			}
			r.context[leadingKeys] = distinct(values...)
		}
		requests = append(requests, r)
	}
	return requests, nil
}

func batchItems(operation string, raw json.RawMessage) ([]item, error) {
	if operation == "BatchGetItem" {
		var get struct{ Keys []item }
		err := json.Unmarshal(raw, &get)
		return get.Keys, err
	}
	var writes []struct {
		PutRequest    struct{ Item item }
		DeleteRequest struct{ Key item }
	}
	if err := json.Unmarshal(raw, &writes); err != nil {
		return nil, err
	}
	var items []item
	for _, write := range writes {
		if write.PutRequest.Item != nil {
			items = append(items, write.PutRequest.Item)
		}
		if write.DeleteRequest.Key != nil {
			items = append(items, write.DeleteRequest.Key)
		}
	}
	return items, nil
}

// transactRequests authorizes each element as the action it is: there is no permission for a transaction as such.
func transactRequests(operation string, b body, keys keysOf) ([]Need, error) {
	actions := map[string]string{"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
	if operation == transactGet {
		actions = map[string]string{"Get": "GetItem"}
	}
	var requests []Need
	for _, element := range b.TransactItems {
		for kind, target := range element {
			action, ok := actions[kind]
			if !ok {
				return nil, fmt.Errorf("%s has an element %q", operation, kind)
			}
			requests = append(requests, itemRequest(action, target, operation, keys))
		}
	}
	return requests, nil
}

func partiQLRequests(operation string, b body) []Need {
	statements := []string{}
	if operation == executeStatement {
		statements = append(statements, b.Statement)
	}
	for _, s := range append(b.Statements, b.TransactStatements...) {
		statements = append(statements, s.Statement)
	}
	var requests []Need
	for _, statement := range statements {
		requests = append(requests, partiQLRequest(statement))
	}
	return requests
}

// partiQLRequest reads the verb and the table of a statement, and no key: a policy on LeadingKeys cannot be met by PartiQL here.
func partiQLRequest(statement string) Need {
	words := strings.Fields(statement)
	actions := map[string]string{"SELECT": "Select", "INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete", "EXISTS": "Select"}
	r := Need{Action: actionPrefix + "PartiQLSelect", Resource: anyTable}
	if len(words) == 0 {
		return r
	}
	verb, _, _ := strings.Cut(strings.ToUpper(words[0]), "(")
	if action, ok := actions[verb]; ok {
		r.Action = actionPrefix + "PartiQL" + action
	}
	for i, word := range words[:len(words)-1] {
		if w := strings.ToUpper(word); w == "FROM" || w == "INTO" || i == 0 && w == "UPDATE" {
			table, index, indexed := strings.Cut(words[i+1], ".")
			r.Resource = arnPrefix + strings.Trim(table, `"`)
			if indexed {
				r.Resource += pathOfIndex + strings.Trim(index, `"`)
			}
			break
		}
	}
	return r
}

func otherResource(b body) string {
	switch {
	case b.TableName != "":
		return arnPrefix + tableName(b.TableName)
	case b.ResourceArn != "":
		return arnPrefix + tableName(b.ResourceArn)
	}
	return anyTable
}

// tableName takes a name or an ARN, as TableName does.
func tableName(name string) string {
	if strings.HasPrefix(name, "arn:") {
		_, name, _ = strings.Cut(name, ":table/")
	}
	return name
}

func leadingKey(item item, name string) string {
	var v value
	if raw, ok := item[name]; !ok || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	return v.text()
}

func (v value) text() string {
	for _, text := range []*string{v.S, v.N, v.B} {
		if text != nil {
			return *text
		}
	}
	return ""
}

// distinct drops the empty and the repeated: no key value is empty.
func distinct(values ...string) []string {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) > 0 && values[0] == "" {
		values = values[1:]
	}
	return values
}
