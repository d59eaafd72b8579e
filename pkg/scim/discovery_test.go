package scim_test

import (
	"encoding/json"
	"testing"

	"github.com/rolecall/rolecall/pkg/scim"
)

func TestResourceTypeJSON(t *testing.T) {
	t.Parallel()
	plain := &scim.ResourceType{Name: "Thing", Description: "Things.", Endpoint: "/Things", Schema: &scim.Schema{ID: "urn:thing"}}
	extended := *plain
	extended.Extensions = []*scim.Schema{{ID: "urn:more"}}
	const common = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Thing","name":"Thing","description":"Things.","endpoint":"/Things","schema":"urn:thing"`
	for want, resourceType := range map[string]*scim.ResourceType{
		common + `}`: plain,
		common + `,"schemaExtensions":[{"schema":"urn:more","required":false}]}`: &extended,
	} {
		got, err := json.Marshal(resourceType)
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}
