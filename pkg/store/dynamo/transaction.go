package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
)

// maxTransaction is the most actions of one transaction.
const maxTransaction = 100

// maxAttempts bounds how often a write is tried again because other writers
// got in between.
const maxAttempts = 12

// transaction gathers writes that happen all or not at all. Each write may
// carry a condition and the error that its failure means.
type transaction struct {
	table   string
	keys    []key // by action; none is there twice
	actions []types.TransactWriteItem
	failed  []error // by action; what a false condition means
}

func (s *Store) newTransaction() *transaction { return &transaction{table: s.table} }

// condition is a condition expression. Attributes are named #name and listed
// by their own name, or as "alias=name" where the name may hold anything.
type condition struct {
	expression string
	names      []string
	values     item
}

func (c condition) expressionOrNil() *string {
	if c.expression == "" {
		return nil
	}
	return aws.String(c.expression)
}

// attributeNames aliases every name, because some are DynamoDB's reserved
// words.
func (c condition) attributeNames() map[string]string {
	if len(c.names) == 0 {
		return nil
	}
	names := make(map[string]string, len(c.names))
	for _, name := range c.names {
		alias, actual, ok := strings.Cut(name, "=")
		if !ok {
			actual = name
		}
		names["#"+alias] = actual
	}
	return names
}

var (
	absent  = condition{expression: "attribute_not_exists(#pk)", names: []string{partitionKey}}
	present = condition{expression: "attribute_exists(#pk)", names: []string{partitionKey}}
)

func atRevision(revision int64) condition {
	return condition{"#revision = :revision", []string{"revision"}, item{":revision": number(revision)}}
}

func equal(name string, value types.AttributeValue) condition {
	return condition{"#" + name + " = :value", []string{name}, item{":value": value}}
}

// and is true if both are. The same name in both stands for the same.
func (c condition) and(other condition) condition {
	values := maps.Clone(c.values)
	maps.Copy(values, other.values)
	return condition{"(" + c.expression + ") AND (" + other.expression + ")", slices.Concat(c.names, other.names), values}
}

// ungranted is true of a permission set that no role grants.
var ungranted = condition{"attribute_not_exists(#grants) OR #grants <= :none", []string{"grants"}, item{":none": number(0)}}

func (tx *transaction) put(it item, c condition, failed error) {
	tx.add(keyOf(it), types.TransactWriteItem{Put: &types.Put{
		TableName: &tx.table, Item: it,
		ConditionExpression: c.expressionOrNil(), ExpressionAttributeNames: c.attributeNames(), ExpressionAttributeValues: c.values,
	}}, failed)
}

func (tx *transaction) delete(k key, c condition, failed error) {
	tx.add(k, types.TransactWriteItem{Delete: &types.Delete{
		TableName: &tx.table, Key: k.attributes(),
		ConditionExpression: c.expressionOrNil(), ExpressionAttributeNames: c.attributeNames(), ExpressionAttributeValues: c.values,
	}}, failed)
}

// update sets attributes of an item, and adds to numbers; an attribute that it
// does not name stays.
func (tx *transaction) update(k key, set item, add map[string]int64, c condition, failed error) {
	names := c.attributeNames()
	if names == nil {
		names = map[string]string{}
	}
	values := maps.Clone(c.values)
	if values == nil {
		values = item{}
	}
	var clauses []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		names["#"+name], values[":set_"+name] = name, set[name]
		clauses = append(clauses, "#"+name+" = :set_"+name)
	}
	expression := ""
	if len(clauses) > 0 {
		expression = "SET " + strings.Join(clauses, ", ")
	}
	for i, name := range slices.Sorted(maps.Keys(add)) {
		names["#"+name], values[":add_"+name] = name, number(add[name])
		expression += []string{" ADD ", ", "}[min(i, 1)] + "#" + name + " :add_" + name
	}
	tx.add(k, types.TransactWriteItem{Update: &types.Update{
		TableName: &tx.table, Key: k.attributes(), UpdateExpression: &expression,
		ConditionExpression: c.expressionOrNil(), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}, failed)
}

// check checks an item beside those that the transaction writes. DynamoDB takes
// an item once: if it is in the transaction already, its own condition grows.
func (tx *transaction) check(k key, c condition, failed error) {
	if i := slices.Index(tx.keys, k); i >= 0 {
		grow(&tx.actions[i], c)
		tx.failed[i] = failed
		return
	}
	tx.add(k, types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &tx.table, Key: k.attributes(),
		ConditionExpression: c.expressionOrNil(), ExpressionAttributeNames: c.attributeNames(), ExpressionAttributeValues: c.values,
	}}, failed)
}

// grow makes an action fail, too, unless c is true.
func grow(action *types.TransactWriteItem, c condition) {
	var (
		expression **string
		names      *map[string]string
		values     *map[string]types.AttributeValue
	)
	switch {
	case action.Put != nil:
		expression, names, values = &action.Put.ConditionExpression, &action.Put.ExpressionAttributeNames, &action.Put.ExpressionAttributeValues
	case action.Update != nil:
		expression, names, values = &action.Update.ConditionExpression, &action.Update.ExpressionAttributeNames, &action.Update.ExpressionAttributeValues
	case action.Delete != nil:
		expression, names, values = &action.Delete.ConditionExpression, &action.Delete.ExpressionAttributeNames, &action.Delete.ExpressionAttributeValues
	default:
		expression, names, values = &action.ConditionCheck.ConditionExpression, &action.ConditionCheck.ExpressionAttributeNames, &action.ConditionCheck.ExpressionAttributeValues
	}
	if *expression == nil {
		*expression = aws.String(c.expression)
	} else {
		*expression = aws.String("(" + **expression + ") AND (" + c.expression + ")")
	}
	*names, *values = union(*names, c.attributeNames()), union(*values, c.values)
}

// union changes neither: conditions share their values.
func union[V any](a, b map[string]V) map[string]V {
	both := make(map[string]V, len(a)+len(b))
	maps.Copy(both, a)
	maps.Copy(both, b)
	return both
}

func (tx *transaction) add(k key, action types.TransactWriteItem, failed error) {
	tx.keys = append(tx.keys, k)
	tx.actions = append(tx.actions, action)
	tx.failed = append(tx.failed, failed)
}

// commit writes the transaction. A false condition is the error that was given
// with it, the first one if several are false. A transaction that only ran
// into another one, or was throttled, is tried again.
func (s *Store) commit(ctx context.Context, tx *transaction) error {
	if len(tx.actions) > maxTransaction {
		return fmt.Errorf("transaction of %d actions: at most %d are possible", len(tx.actions), maxTransaction)
	}
	for attempt := range maxAttempts {
		if err := backOff(ctx, attempt); err != nil {
			return err
		}
		_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: tx.actions})
		if err == nil {
			return nil
		}
		if i, ok := failedAction(err); ok {
			return tx.failed[i]
		}
		if !isTransient(err) {
			return failed("write transaction", err)
		}
	}
	return resource.ErrBusy
}

// errStale says that something was changed between a read and the write that
// rests on it.
var errStale = errors.New("read is stale")

// optimistically runs a read followed by a write that is conditional on it,
// again and again while the write says errStale.
func optimistically(ctx context.Context, readAndWrite func() error) error {
	for attempt := range maxAttempts {
		if err := backOff(ctx, attempt); err != nil {
			return err
		}
		if err := readAndWrite(); !errors.Is(err, errStale) {
			return err
		}
	}
	return resource.ErrBusy
}

// backOff waits before the given attempt: not before the first, then up to
// 5 ms, 10 ms, and so on up to 320 ms, at random so that rivals part.
func backOff(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return ctx.Err()
	}
	most := 5 * time.Millisecond << min(attempt-1, 6)
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
