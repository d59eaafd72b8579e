package upkeep

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDecodeRecord(t *testing.T) {
	const keys = `"Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"%s"}}`
	of := func(event, sort, images string) string {
		return fmt.Sprintf(`{"eventName":%q,"dynamodb":{"SequenceNumber":"7","ApproximateCreationDateTime":1700000000,`+keys+`%s}}`, event, sort, images)
	}
	for _, test := range []struct {
		name, record string
		want         string
	}{
		{"created", of("INSERT", "ROLE#A", `,"NewImage":{"lastModified":{"N":"1700000001234"},"name":{"Z":[]}}`), "acme/A at 1700000001234"},
		{"deleted", of("REMOVE", "ROLE#A", ""), "acme/A deleted at 1700000000000"},
		{"another set is configured", of("MODIFY", "CONFIG", `,"OldImage":{"configuredPermissionSet":{"S":"A"}},"NewImage":{"configuredPermissionSet":{"S":"B"}}`), "acme/ at 1700000000000"},
		{"no image of the configuration", of("MODIFY", "CONFIG", ""), "acme/ at 1700000000000"},
		{"another key for cursors", of("MODIFY", "CONFIG", `,"OldImage":{"configuredPermissionSet":{"S":"A"}},"NewImage":{"configuredPermissionSet":{"S":"A"},"cursorKeys":{"L":[]}}`), "acme/ idle at 1700000000000"},
		{"unchecked set", of("MODIFY", "PSET#FS_RLASG", `,"NewImage":{"recheck":{"S":"all"}}`), "acme/ at 1700000000000"},
		{"checked set", of("MODIFY", "PSET#FS_RLASG", `,"NewImage":{"recheck":{"S":""}}`), "acme/ idle at 1700000000000"},
		{"another item", of("INSERT", "AUDIT#1", ""), "acme/ idle at 1700000000000"},
		{"a role of no possible id", of("INSERT", "ROLE#A B", ""), "acme/ error names no role"},
		{"no tenant", strings.Replace(of("INSERT", "ROLE#A", ""), "TENANT#acme", "TENANT#Acme", 1), "/ error not a tenant's"},
		{"no keys", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"7"}}`, "/ error not a tenant's"},
		{"keys of another form", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"7","Keys":"what is this"}}`, "/ error decode"},
		{"no record", `"what is this"`, "/ error decode"},
		{"nothing", `null`, "/ error not a tenant's"},
		{"no sequence number", `{"dynamodb":{` + fmt.Sprintf(keys, "ROLE#A") + `}}`, "acme/ error sequence number"},
	} {
		r := decodeRecord(json.RawMessage(test.record))
		got := r.Hint.Tenant.String() + "/" + r.Hint.Role
		if r.Hint.Deleted {
			got += " deleted"
		}
		if r.Idle {
			got += " idle"
		}
		if !r.Written.Equal(time.Time{}) {
			got += fmt.Sprintf(" at %d", r.Written.UnixMilli())
		}
		prefix, reason, wantsError := strings.Cut(test.want, " error ")
		if got != prefix || (r.Err != nil) != wantsError || wantsError && !strings.Contains(r.Err.Error(), reason) {
			t.Errorf("%s: %s, %v; want %s", test.name, got, r.Err, test.want)
		}
		if string(r.Raw) != test.record || r.SequenceNumber != "7" && !wantsError {
			t.Errorf("%s: sequence number %q, raw %s", test.name, r.SequenceNumber, r.Raw)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(`{"eventName":"REMOVE","dynamodb":{"SequenceNumber":"1","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#A"}}}}`)
	f.Add(`{"eventName":"MODIFY","dynamodb":{"SequenceNumber":"1","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"CONFIG"}},"NewImage":{"lastModified":{"N":"x"}}}}`)
	f.Add(`{"dynamodb":{"ApproximateCreationDateTime":1e300,"Keys":null}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		r := decodeRecord(json.RawMessage(raw))
		if r.Err != nil {
			return
		}
		// What is understood says where to look, and can be reported.
		if r.Hint.Tenant.IsZero() || r.SequenceNumber == "" || r.Hint.Deleted && r.Hint.Role == "" {
			t.Errorf("%s: %+v", raw, r)
		}
	})
}
