package dynamo

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
)

// item is a DynamoDB item. Its accessors return the zero value for an
// attribute that is missing or of another type, as for one that a later
// version of Rolecall has not written yet.
type item map[string]types.AttributeValue

func (it item) text(name string) string {
	v, _ := it[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

func (it item) number(name string) int64 {
	v, _ := it[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64)
	return n
}

func (it item) boolean(name string) bool {
	v, _ := it[name].(*types.AttributeValueMemberBOOL)
	return v != nil && v.Value
}

func (it item) texts(name string) []string {
	v, _ := it[name].(*types.AttributeValueMemberSS)
	if v == nil {
		return nil
	}
	return v.Value
}

func (it item) list(name string) []item {
	v, _ := it[name].(*types.AttributeValueMemberL)
	if v == nil {
		return nil
	}
	items := make([]item, 0, len(v.Value))
	for _, element := range v.Value {
		if m, ok := element.(*types.AttributeValueMemberM); ok {
			items = append(items, m.Value)
		}
	}
	return items
}

func (it item) object(name string) item {
	v, _ := it[name].(*types.AttributeValueMemberM)
	if v == nil {
		return nil
	}
	return v.Value
}

func (it item) time(name string) time.Time { return time.UnixMilli(it.number(name)).UTC() }

func (it item) meta() resource.Meta {
	return resource.Meta{Version: it.number("version"), Created: it.time("created"), LastModified: it.time("lastModified")}
}

func (it item) setMeta(m resource.Meta) {
	it["version"] = number(m.Version)
	it["created"] = moment(m.Created)
	it["lastModified"] = moment(m.LastModified)
}

// setTexts leaves the attribute out when there are none: DynamoDB has no
// empty sets.
func (it item) setTexts(name string, values []string) {
	if len(values) > 0 {
		it[name] = &types.AttributeValueMemberSS{Value: values}
	}
}

// setObject leaves the attribute out when there is nothing in it.
func (it item) setObject(name string, object item) {
	if len(object) > 0 {
		it[name] = object.value()
	}
}

func (it item) value() types.AttributeValue { return &types.AttributeValueMemberM{Value: it} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func boolean(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }

// moment stores a time in milliseconds.
func moment(t time.Time) types.AttributeValue { return number(t.UnixMilli()) }

// momentOrNone stores a time that may be zero.
func momentOrNone(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return number(0)
	}
	return moment(t)
}

func list(items []item) types.AttributeValue {
	values := make([]types.AttributeValue, len(items))
	for i, it := range items {
		values[i] = it.value()
	}
	return &types.AttributeValueMemberL{Value: values}
}
