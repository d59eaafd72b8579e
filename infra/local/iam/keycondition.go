package iam

import "strings"

// queriedKey returns the value that a query requires of its partition key, or "" when it requires none.
func queriedKey(b body, partitionKey string) string {
	if b.KeyConditionExpression == "" {
		condition := b.KeyConditions[partitionKey]
		if condition.ComparisonOperator != "EQ" || len(condition.AttributeValueList) != 1 {
			return ""
		}
		return condition.AttributeValueList[0].text()
	}
	tokens := tokenize(b.KeyConditionExpression)
	for i := 0; i+2 < len(tokens); i++ {
		name := tokens[i]
		if alias, ok := b.ExpressionAttributeNames[name]; ok {
			name = alias
		}
		if name == partitionKey && tokens[i+1] == "=" && strings.HasPrefix(tokens[i+2], ":") {
			return b.ExpressionAttributeValues[tokens[i+2]].text()
		}
	}
	return ""
}

// tokenize splits a key condition into names, placeholders and operators; parentheses carry no meaning there.
func tokenize(expression string) []string {
	var tokens []string
	for len(expression) > 0 {
		end := strings.IndexAny(expression, " \t\r\n()=<>,")
		switch end {
		case -1:
			return append(tokens, expression)
		case 0:
			end = 1
			if operator := expression[:1]; strings.Contains("=<>", operator) {
				if len(expression) > 1 && operator != "=" && strings.Contains("=>", expression[1:2]) {
					end = 2
				}
				tokens = append(tokens, expression[:end])
			}
		default:
			tokens = append(tokens, expression[:end])
		}
		expression = expression[end:]
	}
	return tokens
}
