package template

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Schedule invokes a function again and again.
type Schedule struct {
	// Function is a logical id, Event the name of the function's event.
	Function, Event string
	// Rate is the time between two invocations.
	Rate time.Duration
	// Input is the event, as JSON; empty for the event that AWS makes itself.
	Input   string
	Enabled bool
	// Source is what makes the event: aws.events for a rule, aws.scheduler for EventBridge Scheduler.
	Source string
}

// newSchedule reads an event of type Schedule, which is a rule, or ScheduleV2, which is EventBridge Scheduler's.
func newSchedule(f Function, name, kind string, properties map[string]any) (Schedule, error) {
	var p struct {
		Schedule, ScheduleExpression string
		Input, State                 string
		Enabled                      *bool
		StartDate, EndDate           any
	}
	if err := decode(properties, &p); err != nil {
		return Schedule{}, err
	}
	s := Schedule{Function: f.LogicalID, Event: name, Input: p.Input, Source: "aws.events"}
	expression := p.Schedule
	if kind == "ScheduleV2" {
		expression, s.Source = p.ScheduleExpression, "aws.scheduler"
	}
	var err error
	if s.Rate, err = parseRate(expression); err != nil {
		return s, err
	}
	switch {
	case p.Input != "" && !json.Valid([]byte(p.Input)):
		return s, fmt.Errorf("the Input is not JSON: %s", p.Input)
	case p.StartDate != nil || p.EndDate != nil:
		return s, fmt.Errorf("a StartDate and an EndDate are not supported locally")
	case p.State != "" && p.State != "ENABLED" && p.State != "DISABLED":
		return s, fmt.Errorf("the State %s is neither ENABLED nor DISABLED", p.State)
	}
	s.Enabled = p.State != "DISABLED" && (p.Enabled == nil || *p.Enabled)
	return s, nil
}

var ratePattern = regexp.MustCompile(`^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$`)

// parseRate reads rate(1 hour) and rate(5 minutes): AWS takes the singular for one only.
func parseRate(expression string) (time.Duration, error) {
	match := ratePattern.FindStringSubmatch(expression)
	if match == nil {
		return 0, fmt.Errorf("the schedule %q is not supported locally, only a rate in minutes, hours or days, as in rate(5 minutes)", strings.TrimSpace(expression))
	}
	count, err := strconv.Atoi(match[1])
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[match[2]]
	if err != nil || time.Duration(count) > time.Duration(1<<63-1)/unit {
		return 0, fmt.Errorf("the rate of %s is too long", expression)
	}
	if (count == 1) != (match[3] == "") {
		return 0, fmt.Errorf("%s: AWS takes the unit in singular for 1, and in plural for more", expression)
	}
	return time.Duration(count) * unit, nil
}
