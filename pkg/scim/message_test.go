package scim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestMarshal(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"error", scim.Errorf(409, scim.NotUnique, "Send %s.", "another"),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"Send another."}`},
		{"error without scimType, with errorCode", scim.Errorf(404, "", "None.").WithCode(scim.CodeOther),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","detail":"None.","errorCode":0}`},
		{"whole list", scim.NewListResponse([]int{1, 2}),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"Resources":[1,2]}`},
		{"empty page", scim.NewPage[int](nil, 7, 1),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":7,"itemsPerPage":0,"startIndex":1,"Resources":[]}`},
		{"lower case", scim.LowerCaseListResponse[int](scim.NewListResponse([]int{1})),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"resources":[1]}`},
		{"attribute", scim.Attribute{Name: "name", Type: scim.String, Required: true, Uniqueness: scim.UniqueServer, Description: "Name."},
			`{"name":"name","type":"string","multiValued":false,"description":"Name.","required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server"}`},
		{"reference", scim.Attribute{Name: "$ref", Type: scim.Reference, Mutability: scim.ReadOnly, ReferenceTypes: []string{"User"}},
			`{"name":"$ref","type":"reference","multiValued":false,"description":"","required":false,"caseExact":false,"mutability":"readOnly","returned":"default","uniqueness":"none","referenceTypes":["User"]}`},
		{"schema", scim.Schema{ID: "urn:x", Name: "X", Attributes: []scim.Attribute{{Name: "a", Type: scim.Complex, SubAttributes: []scim.Attribute{{Name: "b", Type: scim.Boolean}}}}},
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:x","name":"X","description":"","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"boolean","multiValued":false,"description":"","required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}],"multiValued":false,"description":"","required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.value)
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestWithCodeCopies(t *testing.T) {
	bare := scim.Errorf(400, "", "x")
	if bare.WithCode(5); bare.ErrorCode != nil {
		t.Error("the original has changed")
	}
}

func TestFormatTime(t *testing.T) {
	at := time.Date(2026, 1, 31, 13, 0, 0, 1_999_999, time.FixedZone("", 3600))
	if got := scim.FormatTime(at); got != "2026-01-31T12:00:00.001Z" {
		t.Errorf("got %s", got)
	}
}
