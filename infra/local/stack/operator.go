package stack

import (
	"crypto/rand"
	"fmt"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/template"
)

// Operator is someone outside of the stack who may invoke every function, and
// nothing else.
type Operator struct {
	Endpoint    string // of Lambda
	AccessKeyID string // whoever knows it is an operator
}

func newOperator(proxy *iam.Proxy, endpoint string) (Operator, error) {
	operator := Operator{Endpoint: endpoint, AccessKeyID: "OPERATOR" + rand.Text()}
	return operator, proxy.Register(operator.AccessKeyID, "operator", []iam.Statement{{
		Sid: "InvokeFunctions", Effect: "Allow", Actions: []string{"lambda:InvokeFunction"},
		Resources: []string{fmt.Sprintf("arn:aws:lambda:%s:%s:function:*", template.Region, template.AccountID)},
	}})
}
