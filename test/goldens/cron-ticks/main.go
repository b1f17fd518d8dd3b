// Writes test/goldens/cron-ticks.json.gz: what the cron package of Flyte's scheduler makes of expressions, in zones, over years.
//
//	cd test/goldens/cron-ticks && go run . | gzip -9n > ../cron-ticks.json.gz
//
// Ticks are the first one in seconds since the epoch, then the seconds between them, as "900x4" for four times.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

var expressions = []string{
	"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
	"0 * * * *", "30 * * * *", "*/20 1-3 * * *", "5,35 0-2 * * *", "0/25 */6 * * ?", "17 4 * * *",
	"0 0 * * *", "30 0 * * *", "0 1 * * *", "30 1 * * *", "0 2 * * *", "30 2 * * *", "45 2 * * *", "0 3 * * *", "30 23 * * *",
	"0 0 * * 5", "30 12 * * FRI", "0 0 * * sun", "15 2 * * 0", "0 5 * * SAT,sun", "0 9 * * mon-fri", "0 0 */2 * *", "0 0 1-7 * 1",
	"0 0 13 * 5", "0 12 31 * *", "0 0 29 2 *", "0 0 31 2 *", "30 2 31 3 *", "0 0 1 */3 *", "0 6 1,15 jan-jun/2 *", "59 23 31 12 *",
	"0 0 ? 4 ?", "0 0 */1 * 1", "0 0 1 * */1", "30 1 28-31 10,3 *", ", * * * *",
	"@every 1h30m", "@every 36h", "@every 10h0.5s", "@every 1ms",
}

var places = []struct {
	zone  string
	years []int
}{
	{"UTC", []int{2023, 2024}},
	{"America/New_York", []int{2024}},
	{"Europe/Berlin", []int{2023}},
	{"Europe/London", []int{2024}},
	{"Africa/Cairo", []int{2024}},
	{"Asia/Beirut", []int{2022}},
	{"America/Santiago", []int{2023}},
	{"America/Asuncion", []int{2023}},
	{"America/Havana", []int{2023}},
	{"America/Sao_Paulo", []int{2018}},
	{"Australia/Lord_Howe", []int{2023}},
	{"Asia/Kolkata", []int{2023}},
	{"Pacific/Chatham", []int{2023}},
	{"Africa/Casablanca", []int{2023}},
	{"Asia/Tehran", []int{2021}},
}

var refused = []string{
	"", " ", "x", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * 0 *", "* * * * 7",
	"-1 * * * *", "5- * * * *", "1-2-3 * * * *", "*-2-3 * * * 9", "5-1 * * * *", "0 3-1 * * *", "*/0 * * * *", "*/x * * * *", "*/-2 * * * *", "1/2/3 * * * *",
	"a * * * *", "* * * * monday", "* * * jan-foo *", "99999999999999999999 * * * *", "/5 * * * *", "*/ * * * *",
	"@reboot", "@Daily", "@every", "@every ", "@every x", "@every 5", "@every 5y", "@every 1h30", "@every 1.5.5s", "@every -", "@every .s", "daily",
	"CRON_TZ=Mars/Base 0 0 * * *", "TZ=Europe/Atlantis @daily", "0 0 * * * CRON_TZ=UTC", "CRON_TZ=UTC * * * *",
	"0 10 * * ? *", "cron(0 10 * * ? *)", "rate(1 minute)",
}

type ticks struct {
	Cron  string `json:"cron"`
	Zone  string `json:"zone"`
	Year  int    `json:"year"`
	Ticks string `json:"ticks"`
}

type refusal struct {
	Cron  string `json:"cron"`
	Error string `json:"error"`
}

func compact(expression string, location *time.Location, year int) string {
	schedule, err := cron.ParseStandard(expression)
	if err != nil {
		return "! " + err.Error()
	}
	end := time.Date(year+1, 1, 1, 0, 0, 0, 0, location)
	at := time.Date(year, 1, 1, 0, 0, 0, 0, location).Add(-time.Second / 2)
	if strings.HasPrefix(expression, "@every 1ms") {
		end = at.Add(time.Hour)
	}
	var words []string
	var last, gap, times int64
	flush := func() {
		if times > 0 {
			words = append(words, fmt.Sprintf("%dx%d", gap, times))
		}
	}
	for {
		at = schedule.Next(at)
		if at.IsZero() || !at.Before(end) {
			break
		}
		if last == 0 {
			words = append(words, fmt.Sprint(at.Unix()))
		} else if at.Unix()-last == gap {
			times++
		} else {
			flush()
			gap, times = at.Unix()-last, 1
		}
		last = at.Unix()
	}
	flush()
	return strings.Join(words, " ")
}

func main() {
	var table struct {
		Ticks   []ticks   `json:"ticks"`
		Refused []refusal `json:"refused"`
	}
	for _, place := range places {
		location, err := time.LoadLocation(place.zone)
		if err != nil {
			panic(err)
		}
		for _, year := range place.years {
			for _, expression := range expressions {
				table.Ticks = append(table.Ticks, ticks{expression, place.zone, year, compact(expression, location, year)})
			}
		}
	}
	// The zone of the expression counts, not the one of the time.
	for _, expression := range []string{"CRON_TZ=America/New_York 30 1 * * *", "TZ=Europe/Berlin @daily", "CRON_TZ=Asia/Kolkata  0 9 * * 1"} {
		table.Ticks = append(table.Ticks, ticks{expression, "UTC", 2024, compact(expression, time.UTC, 2024)})
	}
	for _, expression := range refused {
		_, err := cron.ParseStandard(expression)
		text := ""
		if err != nil {
			text = err.Error()
		}
		table.Refused = append(table.Refused, refusal{expression, text})
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(table); err != nil {
		panic(err)
	}
}
