package stack

import (
	"context"
	"encoding/json"
	"time"

	"github.com/rolecall/rolecall/infra/local/template"
)

// startSchedules invokes functions at their rates until ctx ends.
func (s *Stack) startSchedules(ctx context.Context) {
	for _, schedule := range s.enabledSchedules() {
		s.polling.Go(func() {
			atRate(ctx, schedule.Rate, func(at time.Time) { s.runSchedule(schedule, at) })
		})
	}
}

func (s *Stack) enabledSchedules() []template.Schedule {
	var out []template.Schedule
	for _, schedule := range s.template.Schedules {
		if schedule.Enabled {
			out = append(out, schedule)
		}
	}
	return out
}

// RunSchedules invokes the function of every enabled schedule now, as when its time has come. WaitIdle waits for them.
func (s *Stack) RunSchedules() {
	for _, schedule := range s.enabledSchedules() {
		s.runSchedule(schedule, time.Now())
	}
}

func (s *Stack) runSchedule(schedule template.Schedule, at time.Time) {
	f, _ := s.template.Function(schedule.Function)
	// Only a stack that is closing refuses it.
	_ = s.async.Start("SCHEDULE", f.Name, s.invoker(f.LogicalID), scheduledEvent(schedule, at))
}

// atRate calls run until ctx ends, the first time one interval from now.
func atRate(ctx context.Context, rate time.Duration, run func(at time.Time)) {
	ticker := time.NewTicker(rate)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-ticker.C:
			run(at)
		}
	}
}

// scheduledEvent is the schedule's Input, or without one the event that AWS makes.
func scheduledEvent(schedule template.Schedule, at time.Time) []byte {
	if schedule.Input != "" {
		return []byte(schedule.Input)
	}
	event, _ := json.Marshal(map[string]any{ // cannot fail
		"version": "0", "id": schedule.Event, "detail-type": "Scheduled Event", "source": schedule.Source, "account": template.AccountID,
		"time": at.UTC().Format(time.RFC3339), "region": template.Region, "resources": []string{}, "detail": map[string]any{},
	})
	return event
}
