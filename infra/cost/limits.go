package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Defaults and fixed limits of AWS, in a second:
// docs.aws.amazon.com/amazondynamodb/latest/developerguide/{ServiceQuotas,bp-partition-key-design,warm-throughput}.html,
// docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and
// docs.aws.amazon.com/lambda/latest/dg/{gettingstarted-limits,lambda-concurrency}.html.
// An account's first weeks have less of Lambda, and some regions a quarter of API Gateway.
const (
	partitionReads  = 3000 // units
	partitionWrites = 1000
	tableReads      = 40_000
	tableWrites     = 40_000
	gatewayRequests = 10_000
	functionsAtOnce = 1000
	invocations     = 10 * functionsAtOnce // whatever their length

	defaultTenantRate = 10 // requests of a tenant: 1,000 in 100 seconds
	auditWrites       = 2  // units of a change for its audit record, beside the one before
)

// mix is what a request takes on average.
type mix struct {
	reads, writes             float64 // units of the whole table
	tenantReads, tenantWrites float64 // of these, under the tenant's partition key
	changes                   float64
	invocations, seconds      float64 // of functions
}

// mixOf is a provisioning client's load: it looks for users by userName, and gives
// some of them a role.
func mixOf(m measured, p prices, changes float64) mix {
	find, give := m.of(findUser), m.of(giveRole)
	authorizer := 1 / p.RequestsOfTokenAMinute
	x := mix{
		changes:      changes,
		tenantReads:  (1-changes)*find.read + changes*give.read,
		tenantWrites: changes * (give.write - lotsOfRequest),
		invocations:  1 + authorizer,
		seconds:      (1-changes)*p.seconds(find) + changes*p.seconds(give) + authorizer*p.seconds(m.authorizer),
	}
	x.reads = x.tenantReads + authorizer*m.authorizer.read
	x.writes = x.tenantWrites + lotsOfRequest + authorizer*m.authorizer.write
	return x
}

func (m measured) of(name string) usage {
	i := slices.IndexFunc(m.operations, func(o operation) bool { return o.name == name })
	return m.operations[i].request
}

// limit is what some of the requests have in common, and what each takes of it.
type limit struct {
	name   string
	most   float64
	takes  float64
	of     func(rates) float64
	remedy string
}

// use is 1 where the limit is reached.
func (l limit) use(r rates) float64 { return l.of(r) * l.takes / l.most }

// limits leaves out what passes: API Gateway's burst of 5,000 and DynamoDB's of 300
// seconds, a function's growth by 1,000 processes in 10 seconds, and the stream, which
// delays.
func limits(x mix, s stage) []limit {
	all := func(r rates) float64 { return r.all }
	tenant := func(r rates) float64 { return r.tenant }
	partition := func(r rates) float64 { return r.partition }
	const (
		warm  = "grow over 30 minutes, or set the table's warm throughput before"
		quota = "ask AWS for a higher quota"
		split = "DynamoDB splits it, in minutes"
	)
	own := func(most, takes float64) string { return fmt.Sprintf("%.0f requests/s of it", most/takes) }
	those := []limit{
		{"the stage's rate", s.requests, 1, all, "the parameter `ThrottlingRateLimit`"},
		{"a new table's reads", partitionReads, x.tenantReads, partition, warm},
		{"a new table's writes", partitionWrites, x.tenantWrites, partition, warm},
		{"one tenant's reads: " + own(partitionReads, x.tenantReads), partitionReads, x.tenantReads, tenant, split},
		{"one tenant's writes: " + own(partitionWrites, x.tenantWrites), partitionWrites, x.tenantWrites, tenant, split},
		{"one tenant's audit records: " + own(partitionWrites, x.changes*auditWrites), partitionWrites, x.changes * auditWrites, tenant, "nothing: the newest lie together"},
		{"the table's reads", tableReads, x.reads, all, quota},
		{"the table's writes", tableWrites, x.writes, all, quota},
		{"API Gateway's requests", gatewayRequests, 1, all, quota},
		{"Lambda's invocations", invocations, x.invocations, all, quota},
		{"Lambda's processes", functionsAtOnce, x.seconds, all, quota},
	}
	return slices.DeleteFunc(those, func(l limit) bool { return l.takes == 0 })
}

// reached is a limit and the rates at which a load reaches it: requests a second, +Inf
// if it never does.
type reached struct {
	limit
	rates
}

// ladder orders limits by when a load reaches them.
func (l load) ladder(limits []limit) []reached {
	var steps []reached
	for _, one := range limits {
		r, ok := l.reach(one)
		if !ok {
			r.all = math.Inf(1)
		}
		steps = append(steps, reached{one, r})
	}
	slices.SortStableFunc(steps, func(a, b reached) int { return cmp.Compare(a.all, b.all) })
	return steps
}
