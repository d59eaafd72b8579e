package iam

import (
	"strings"
	"testing"
)

const table = arnPrefix + "Table"

func TestEvaluate(t *testing.T) {
	t.Parallel()
	allowed := Statement{Effect: "Allow", Actions: []string{"dynamodb:GetItem"}, Resources: []string{table}}
	with := func(conditions map[string]map[string][]string) []Statement {
		s := allowed
		s.Conditions = conditions
		return []Statement{s}
	}
	on := func(operator, key string, values ...string) map[string]map[string][]string {
		return map[string]map[string][]string{operator: {key: values}}
	}
	guarded := on("ForAllValues:StringEquals", "dynamodb:LeadingKeys", "TENANT#acme")
	guarded["Null"] = map[string][]string{"dynamodb:LeadingKeys": {"false"}}
	get := func(keys ...string) Need {
		return Need{Action: "dynamodb:GetItem", Resource: table, context: map[string][]string{leadingKeys: keys}}
	}
	selecting := func(values ...string) Need {
		return Need{Action: "dynamodb:GetItem", Resource: table, context: map[string][]string{selectKey: values}}
	}
	for _, c := range []struct {
		name       string
		statements []Statement
		request    Need
		want       decision
	}{
		{"no statement", nil, get(), implicitDeny},
		{"exact", []Statement{allowed}, get("x"), allow},
		{"another action", []Statement{allowed}, Need{Action: "dynamodb:PutItem", Resource: table}, implicitDeny},
		{"another table", []Statement{allowed}, Need{Action: "dynamodb:GetItem", Resource: table + "2"}, implicitDeny},
		{"an index is not its table", []Statement{allowed}, Need{Action: "dynamodb:GetItem", Resource: table + "/index/a"}, implicitDeny},
		{"action in other case", []Statement{{Effect: "Allow", Actions: []string{"DynamoDB:getitem"}, Resources: []string{table}}}, get(), allow},
		{"action wildcard", []Statement{{Effect: "Allow", Actions: []string{"dynamodb:Get*"}, Resources: []string{table}}}, get(), allow},
		{"one character", []Statement{{Effect: "Allow", Actions: []string{"dynamodb:GetIte?"}, Resources: []string{"arn:aws:dynamodb:*:*:table/T?ble"}}}, get(), allow},
		{"everything", []Statement{{Effect: "Allow", Actions: []string{"*"}, Resources: []string{"*"}}}, get(), allow},
		{"deny wins", []Statement{{Effect: "Deny", Actions: []string{"dynamodb:*"}, Resources: []string{"*"}}, allowed}, get(), explicitDeny},
		{"deny of another", []Statement{{Effect: "Deny", Actions: []string{"dynamodb:Put*"}, Resources: []string{"*"}}, allowed}, get(), allow},

		{"equality holds", with(guarded), get("TENANT#acme"), allow},
		{"equality keeps a neighbour out", with(guarded), get("TENANT#acme-eu"), implicitDeny},
		{"a prefix lets a neighbour in", with(on("ForAllValues:StringLike", "dynamodb:LeadingKeys", "TENANT#acme*")), get("TENANT#acme-eu"), allow},
		{"all values, one foreign", with(guarded), get("TENANT#acme", "TENANT#globex"), implicitDeny},
		{"all values, missing key", with(on("ForAllValues:StringEquals", "dynamodb:LeadingKeys", "TENANT#acme")), get(), allow},
		{"all values, missing key, guarded", with(guarded), get(), implicitDeny},
		{"any value", with(on("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", "a")), get("b", "a"), allow},
		{"any value, missing key", with(on("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", "a")), get(), implicitDeny},
		{"any value, missing key, if exists", with(on("ForAnyValue:StringEqualsIfExists", "dynamodb:LeadingKeys", "a")), get(), allow},
		{"all values, none like", with(on("ForAllValues:StringNotLike", "dynamodb:LeadingKeys", "TOKEN#*")), get("TENANT#a"), allow},
		{"all values, one like", with(on("ForAllValues:StringNotLike", "dynamodb:LeadingKeys", "TOKEN#*")), get("TENANT#a", "TOKEN#b"), implicitDeny},
		{"null true", with(on("Null", "dynamodb:LeadingKeys", "true")), get(), allow},
		{"null true, present", with(on("Null", "dynamodb:LeadingKeys", "true")), get("a"), implicitDeny},
		{"equals", with(on("StringEquals", "dynamodb:Select", "COUNT", "ALL_ATTRIBUTES")), selecting("COUNT"), allow},
		{"equals, missing", with(on("StringEquals", "dynamodb:Select", "COUNT")), selecting(), implicitDeny},
		{"equals if exists, missing", with(on("StringEqualsIfExists", "dynamodb:Select", "COUNT")), selecting(), allow},
		{"not equals, missing", with(on("StringNotEquals", "dynamodb:Select", "COUNT")), selecting(), allow},
		{"not equals", with(on("StringNotEquals", "dynamodb:Select", "COUNT")), selecting("COUNT"), implicitDeny},
		{"ignoring case", with(on("StringEqualsIgnoreCase", "dynamodb:select", "count")), selecting("COUNT"), allow},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			policy, err := compile(c.statements)
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.evaluate(c.request); got != c.want {
				t.Errorf("decision %v, want %v", got, c.want)
			}
		})
	}
}

func TestRegisterRefusesWhatItCannotEvaluate(t *testing.T) {
	t.Parallel()
	valid := Statement{Effect: "Allow", Actions: []string{"dynamodb:GetItem"}, Resources: []string{table}}
	for want, change := range map[string]func(*Statement){
		"neither Allow nor Deny":      func(s *Statement) { s.Effect = "allow" },
		"at least one action":         func(s *Statement) { s.Actions = nil },
		"names no service":            func(s *Statement) { s.Actions = []string{"GetItem"} },
		"not an ARN":                  func(s *Statement) { s.Resources = []string{"Table"} },
		"policy variables":            func(s *Statement) { s.Resources = []string{"arn:aws:dynamodb:*:*:table/${aws:x}"} },
		"operator is not supported":   func(s *Statement) { s.Conditions = conditionOn("NumericEquals", "dynamodb:Select", "1") },
		"key is not supported":        func(s *Statement) { s.Conditions = conditionOn("StringEquals", "dynamodb:Attributes", "a") },
		"ForAllValues or ForAnyValue": func(s *Statement) { s.Conditions = conditionOn("StringEquals", "dynamodb:LeadingKeys", "a") },
		"true or false":               func(s *Statement) { s.Conditions = conditionOn("Null", "dynamodb:LeadingKeys", "no") },
		"no values":                   func(s *Statement) { s.Conditions = conditionOn("StringEquals", "dynamodb:Select") },
	} {
		statement := valid
		change(&statement)
		err := NewProxy(nil, nil).Register("key", "function", []Statement{statement})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func conditionOn(operator, key string, values ...string) map[string]map[string][]string {
	return map[string]map[string][]string{operator: {key: values}}
}
