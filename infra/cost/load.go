package main

import (
	"hash/fnv"
	"math"
	"strconv"
)

// load is how requests spread over tenants: the tenants' shares fall as those of a Zipf
// distribution, the n-th busiest has 1/n^skew of the busiest one's.
type load struct {
	shares    []float64 // of the requests that are sent, the busiest tenant first
	partition []int     // of a new table, that holds each tenant
	limit     float64   // requests of a tenant in a second; +Inf for no limit
}

// newPartitions are those of a new table, and each takes a quarter of what it takes
// (docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html).
const newPartitions = 4

func newLoad(tenants int, skew, limit float64) load {
	l := load{make([]float64, tenants), make([]int, tenants), limit}
	sum := 0.0
	for i := range l.shares {
		l.shares[i] = math.Pow(float64(i+1), -skew)
		sum += l.shares[i]
	}
	for i := range l.shares {
		l.shares[i] /= sum
		l.partition[i] = partitionOf(i)
	}
	return l
}

// partitionOf spreads tenants by a hash of their keys, as DynamoDB does.
func partitionOf(tenant int) int {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("TENANT#" + strconv.Itoa(tenant))) // never fails
	mixed := hash.Sum64()
	mixed ^= mixed >> 33
	mixed *= 0xff51afd7ed558ccd // FNV's upper bits alone are not even enough
	mixed ^= mixed >> 33
	return int(mixed % newPartitions)
}

// rates are requests a second that are answered: the rest is refused for its tenant's
// limit.
type rates struct {
	all       float64
	tenant    float64 // the busiest
	partition float64 // the busiest of a new table
	throttled int     // tenants at their limit
}

// at returns the rates when clients send so many requests a second in all.
func (l load) at(sent float64) rates {
	var r rates
	var partitions [newPartitions]float64
	for i, share := range l.shares {
		rate := sent * share
		if rate > l.limit {
			rate = l.limit
			r.throttled++
		}
		r.all += rate
		partitions[l.partition[i]] += rate
	}
	r.tenant = min(sent*l.shares[0], l.limit)
	for _, rate := range partitions {
		r.partition = max(r.partition, rate)
	}
	return r
}

// mostSent bounds the search: no client sends more.
const mostSent = 1e8

// reach returns the rates at which a limit is reached; false if the
// tenants' own limits keep the load below it.
func (l load) reach(most limit) (rates, bool) {
	low, high := 1e-3, mostSent
	r := l.at(high)
	if most.use(r) < 1 {
		return rates{}, false
	}
	for high/low > 1.00001 {
		middle := math.Sqrt(low * high)
		if at := l.at(middle); most.use(at) < 1 {
			low = middle
		} else {
			high, r = middle, at
		}
	}
	return r, true
}
