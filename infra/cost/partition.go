package main

import (
	"hash/fnv"
	"math"
	"strconv"
)

// What DynamoDB, and an account's default quotas, allow in a second.
const (
	partitionWrites   = 1000 // write units of a partition
	tableWrites       = 40_000
	gatewayRequests   = 10_000
	functionsAtOnce   = 1000
	defaultTenantRate = 10 // requests: 1,000 in 100 seconds
)

// load is how requests spread over tenants: the tenants' shares fall as those of a
// Zipf distribution, and a part of the requests changes something.
type load struct {
	tenants int
	skew    float64 // exponent; at 0 all tenants are alike
	changes float64 // part of the requests
	units   float64 // that a change writes, into its tenant's partition
	audit   float64 // of these, into the newest audit record, beside which nothing can be split off
	seconds float64 // that a request keeps a function busy
	limit   float64 // requests of a tenant in a second; +Inf for no limit
}

// pressure is what a load does to each limit.
type pressure struct {
	requests        float64 // in a second, answered
	throttled       int     // tenants at their limit
	partitions      int     // of the table, once it has split until the hottest fits
	hottest         float64 // write units of the hottest partition
	hottestTenant   float64 // write units of the hottest tenant
	newestRecords   float64 // write units of the hottest tenant's newest audit records
	tableWrites     float64
	functionsAtOnce float64
}

// at returns the pressure when clients send so many requests a second in all.
func (l load) at(sent float64) pressure {
	shares := l.shares()
	var p pressure
	writes := make([]float64, len(shares))
	for i, share := range shares {
		rate := sent * share
		if rate > l.limit {
			rate = l.limit
			p.throttled++
		}
		p.requests += rate
		writes[i] = rate * l.changes * l.units
		p.tableWrites += writes[i]
	}
	p.hottestTenant = writes[0]
	p.newestRecords = writes[0] / l.units * l.audit
	p.functionsAtOnce = p.requests * l.seconds
	p.partitions, p.hottest = split(writes)
	return p
}

// shares are those of the tenants, the busiest first.
func (l load) shares() []float64 {
	shares := make([]float64, l.tenants)
	sum := 0.0
	for i := range shares {
		shares[i] = math.Pow(float64(i+1), -l.skew)
		sum += shares[i]
	}
	for i := range shares {
		shares[i] /= sum
	}
	return shares
}

// split spreads tenants over partitions by the hash of their keys, as DynamoDB does,
// and doubles the partitions, from the 4 of a new table, until the hottest one bears
// its load, or nothing but one tenant's items makes it hot.
func split(writes []float64) (partitions int, hottest float64) {
	const most = 1 << 16
	for partitions = 4; ; partitions *= 2 {
		byPartition := make([]float64, partitions)
		for i, units := range writes {
			byPartition[partitionOf(i, partitions)] += units
		}
		hottest = 0
		for _, units := range byPartition {
			hottest = max(hottest, units)
		}
		if hottest <= partitionWrites || hottest <= writes[0]*1.01 || partitions == most {
			return partitions, hottest
		}
	}
}

func partitionOf(tenant, partitions int) int {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("TENANT#" + strconv.Itoa(tenant))) // never fails
	mixed := hash.Sum64()
	mixed ^= mixed >> 33
	mixed *= 0xff51afd7ed558ccd // FNV's upper bits alone are not even enough
	mixed ^= mixed >> 33
	return int(mixed % uint64(partitions))
}

// firstLimit finds, to a percent, how many requests a second reach a limit first, and
// which. Being throttled by its own limit is a tenant's affair, and counts apart.
func (l load) firstLimit() (sent float64, name string, p pressure) {
	low, high := 1.0, 1e7
	for high/low > 1.01 {
		middle := math.Sqrt(low * high)
		if _, reached := l.at(middle).limit(); reached {
			high = middle
		} else {
			low = middle
		}
	}
	p = l.at(high)
	name, _ = p.limit()
	return high, name, p
}

// limit names the limit that is reached; of several, the one that is exceeded most.
func (p pressure) limit() (name string, reached bool) {
	worst := 1.0
	for _, l := range []struct {
		name        string
		used, limit float64
	}{
		{"one tenant's items, before its partition splits", p.hottestTenant, partitionWrites},
		{"one tenant's newest audit records, which cannot be split", p.newestRecords, partitionWrites},
		{"write units of the table", p.tableWrites, tableWrites},
		{"requests at API Gateway", p.requests, gatewayRequests},
		{"functions at once", p.functionsAtOnce, functionsAtOnce},
	} {
		if over := l.used / l.limit; over >= worst {
			worst, name, reached = over, l.name, true
		}
	}
	return name, reached
}
