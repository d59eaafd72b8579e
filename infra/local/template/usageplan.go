package template

import (
	"fmt"
	"maps"
	"slices"
)

// UsagePlan throttles the requests of each of its API keys.
type UsagePlan struct {
	LogicalID string
	// Rate is how many requests a second a key gives on average, 0 for any number; Burst how many at once.
	Rate, Burst int
	// Keys are the values of its API keys.
	Keys []string
}

// addPlans reads the usage plans of the API, and their keys.
func (t *Template) addPlans() error {
	for _, id := range t.declared("AWS::ApiGateway::UsagePlan") {
		var p struct {
			Throttle  struct{ RateLimit, BurstLimit number }
			APIStages []struct{ APIID, Stage string }
		}
		if err := decode(t.Resources[id].Properties, &p); err != nil {
			return err
		}
		if len(p.APIStages) != 1 || p.APIStages[0].APIID != t.API.LogicalID || p.APIStages[0].Stage != t.API.StageName {
			return fmt.Errorf("usage plan %s is not one of the stage %s", id, t.API.StageName)
		}
		plan := UsagePlan{LogicalID: id, Rate: int(p.Throttle.RateLimit), Burst: int(p.Throttle.BurstLimit)}
		for _, association := range t.declared("AWS::ApiGateway::UsagePlanKey") {
			properties := t.Resources[association].Properties
			key := t.Resources[text(properties["KeyId"])]
			if properties["UsagePlanId"] == id && key.Type == "AWS::ApiGateway::ApiKey" {
				plan.Keys = append(plan.Keys, text(key.Properties["Value"]))
			}
		}
		t.API.Plans = append(t.API.Plans, plan)
	}
	return nil
}

// declared answers the logical ids of a type's resources, sorted.
func (t *Template) declared(kind string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.Resources)), func(id string) bool { return t.Resources[id].Type != kind })
}
