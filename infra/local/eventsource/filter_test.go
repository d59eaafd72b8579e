package eventsource

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	const change = `{"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#A"}},
		"NewImage":{"n":{"N":"7"},"on":{"BOOL":true},"none":{"NULL":null},"empty":{"S":""},"tags":{"SS":["red","blue"]}},"SizeBytes":50}}`
	sk := func(rule string) string { return `{"dynamodb":{"Keys":{"sk":{"S":[` + rule + `]}}}}` }
	image := func(field string) string { return `{"dynamodb":{"NewImage":{` + field + `}}}` }
	for _, c := range []struct {
		name     string
		patterns []string
		want     bool
	}{
		{"no pattern", nil, true},
		{"prefix", []string{sk(`{"prefix":"ROLE#"}`)}, true},
		{"another prefix", []string{sk(`{"prefix":"SET#"}`)}, false},
		{"suffix", []string{sk(`{"suffix":"#A"}`)}, true},
		{"equal", []string{sk(`"ROLE#A"`)}, true},
		{"not equal", []string{sk(`"ROLE#"`)}, false},
		{"one of", []string{sk(`"x",{"prefix":"ROLE"}`)}, true},
		{"ignoring case", []string{sk(`{"equals-ignore-case":"role#a"}`)}, true},
		{"anything but", []string{sk(`{"anything-but":["x","y"]}`)}, true},
		{"anything but this", []string{sk(`{"anything-but":"ROLE#A"}`)}, false},
		{"anything but, missing", []string{image(`"x":{"S":[{"anything-but":["y"]}]}`)}, false},
		{"either pattern", []string{sk(`"x"`), `{"eventName":["INSERT"]}`}, true},
		{"both fields", []string{`{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":["x"]}}}}`}, false},
		{"either field", []string{`{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"TENANT#"}]}}}}]}`}, true},
		{"neither field", []string{`{"$or":[{"eventName":["REMOVE"]},{"eventName":["MODIFY"]}]}`}, false},
		{"exists", []string{image(`"n":{"N":[{"exists":true}]}`)}, true},
		{"exists sees leaves only", []string{image(`"n":[{"exists":true}]`)}, false},
		{"does not exist", []string{image(`"x":{"S":[{"exists":false}]}`)}, true},
		{"no image at all", []string{`{"dynamodb":{"OldImage":{"x":{"S":[{"exists":false}]}}}}`}, true},
		{"true", []string{image(`"on":{"BOOL":[true]}`)}, true},
		{"null", []string{image(`"none":{"NULL":[null]}`)}, true},
		{"null is not missing", []string{image(`"x":{"S":[null]}`)}, false},
		{"empty", []string{image(`"empty":{"S":[""]}`)}, true},
		{"element of a set", []string{image(`"tags":{"SS":["blue"]}`)}, true},
		{"a number is text in DynamoDB", []string{image(`"n":{"N":["7"]}`)}, true},
		{"so numeric does not see it", []string{image(`"n":{"N":[{"numeric":["=",7]}]}`)}, false},
		{"numeric", []string{`{"dynamodb":{"SizeBytes":[{"numeric":[">",10,"<=",50]}]}}`}, true},
		{"numeric out of range", []string{`{"dynamodb":{"SizeBytes":[{"numeric":["<",50]}]}}`}, false},
		{"equal number", []string{`{"dynamodb":{"SizeBytes":[50.0]}}`}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := CompileFilter(c.patterns)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := compiled.Passes(json.RawMessage(change)); got != c.want || err != nil {
				t.Errorf("passes %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestFilterRefusesWhatLambdaDoes(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`[]`:                                  "not an object",
		`{`:                                   "EOF",
		`{}`:                                  "no fields",
		`{"a":"b"}`:                           "must stand in an array",
		`{"a":[]}`:                            "an array is empty",
		`{"a":[{"wildcard":"x*"}]}`:           `operator "wildcard"`,
		`{"a":[{"prefix":7}]}`:                "needs a string",
		`{"a":[{"exists":"yes"}]}`:            "true or false",
		`{"a":[{"numeric":["!",1]}]}`:         "no comparison",
		`{"a":[{"numeric":[">"]}]}`:           "one or two pairs",
		`{"a":[{"anything-but":[]}]}`:         "needs a value",
		`{"a":[{"anything-but":[true]}]}`:     "strings or numbers",
		`{"a":[{"prefix":"x","suffix":"y"}]}`: "exactly one operator",
		`{"a":[["b"]]}`:                       "to equal",
	} {
		if _, err := CompileFilter([]string{pattern}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", pattern, err, want)
		}
	}
}

func TestFirstFailure(t *testing.T) {
	t.Parallel()
	records := []record{{sequence: "9"}, {sequence: "10"}, {sequence: "11"}}
	for response, want := range map[string]int{
		``:                           3,
		`null`:                       3,
		`{}`:                         3,
		`{"batchItemFailures":null}`: 3,
		`{"batchItemFailures":[]}`:   3,
		`{"batchItemFailures":[{"itemIdentifier":"11"},{"itemIdentifier":"10"}]}`: 1,
		`{"batchItemFailures":[{"itemIdentifier":"11"}]}`:                         2,
		`{"batchItemFailures":[{"itemIdentifier":""}]}`:                           0,
		`{"batchItemFailures":[{"itemIdentifier":null}]}`:                         0,
		`{"batchItemFailures":[{"id":"10"}]}`:                                     0,
		`{"batchItemFailures":[{"itemIdentifier":"11"},{"itemIdentifier":"12"}]}`: 0,
		`{"batchItemFailures":"10"}`:                                              0,
		`"ok"`:                                                                    0,
		`ok`:                                                                      0,
	} {
		if got := firstFailure([]byte(response), records); got != want {
			t.Errorf("%s: %d, want %d", response, got, want)
		}
	}
}
