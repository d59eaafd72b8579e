package infra_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// TestCounting: the functions that keep tenants to their limits may count, and
// those that only read may write nothing else.
func TestCounting(t *testing.T) {
	t.Parallel()
	for _, f := range load(t).Functions {
		source, err := os.ReadFile("../" + f.CodeURI + "/main.go")
		if err != nil {
			t.Error(err)
			continue
		}
		counts := slices.ContainsFunc(f.Statements, func(s iam.Statement) bool {
			return s.Sid == "CountRequests" && slices.Equal(s.Actions, []string{"dynamodb:UpdateItem"})
		})
		if want := strings.Contains(string(source), "lambdaenv.ServeAPI("); counts != want {
			t.Errorf("%s may count requests: %t, want %t", f.LogicalID, counts, want)
		}
		reads := strings.HasPrefix(f.Folder, "list-") || strings.HasPrefix(f.Folder, "get-") || strings.HasPrefix(f.Folder, "search")
		for _, s := range f.Statements {
			if reads && s.Sid != "CountRequests" && slices.ContainsFunc(s.Actions, writes) {
				t.Errorf("%s.%s allows %v", f.LogicalID, s.Sid, s.Actions)
			}
		}
	}
}

func writes(action string) bool {
	return !slices.Contains([]string{"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}, action)
}

// TestExpiry: counts, and tokens, are deleted by the table's TTL.
func TestExpiry(t *testing.T) {
	t.Parallel()
	expiry, _ := load(t).Resources["Table"].Properties["TimeToLiveSpecification"].(map[string]any)
	if expiry["AttributeName"] != "expires" || expiry["Enabled"] != true && expiry["Enabled"] != "true" {
		t.Errorf("the table's TTL is %v", expiry)
	}
}
