// Calls one method from many callers at once and prints what it saw as JSON.
// load ADDRESS METHOD CALLERS SECONDS < request, in which @@@@@@@@@@ becomes the number of the call, from FIRST on.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type raw struct{}

func (raw) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*[]byte) = append([]byte(nil), data...); return nil }
func (raw) Name() string                       { return "proto" }

func main() {
	address, method := os.Args[1], os.Args[2]
	callers, _ := strconv.Atoi(os.Args[3])
	seconds, _ := strconv.ParseFloat(os.Args[4], 64)
	first, _ := strconv.ParseInt(os.Args[5], 10, 64)
	template, _ := io.ReadAll(os.Stdin)
	next := first
	deadline := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var wait sync.WaitGroup
	var lock sync.Mutex
	var times []float64
	failures := map[string]int{}
	connections := (callers + 15) / 16
	var opened []*grpc.ClientConn
	for i := 0; i < connections; i++ {
		c, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(64<<20)))
		if err != nil {
			panic(err)
		}
		opened = append(opened, c)
	}
	begun := time.Now()
	for i := 0; i < callers; i++ {
		wait.Add(1)
		go func(c *grpc.ClientConn) {
			defer wait.Done()
			var own []float64
			for time.Now().Before(deadline) {
				number := atomic.AddInt64(&next, 1)
				request := bytes.ReplaceAll(template, []byte("@@@@@@@@@@"), []byte(fmt.Sprintf("%010d", number)))
				var reply []byte
				started := time.Now()
				if err := c.Invoke(context.Background(), method, &request, &reply); err != nil {
					lock.Lock()
					failures[err.Error()]++
					lock.Unlock()
					continue
				}
				own = append(own, float64(time.Since(started).Nanoseconds())/1e6)
			}
			lock.Lock()
			times = append(times, own...)
			lock.Unlock()
		}(opened[i%connections])
	}
	wait.Wait()
	elapsed := time.Since(begun).Seconds()
	sort.Float64s(times)
	at := func(q float64) float64 {
		if len(times) == 0 {
			return 0
		}
		return times[int(q*float64(len(times)-1))]
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"calls": len(times), "perSecond": float64(len(times)) / elapsed, "p50": at(0.5), "p99": at(0.99), "last": next, "failures": failures,
	})
}
