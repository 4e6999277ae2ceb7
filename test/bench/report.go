package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// report is what build/bench.json holds.
type report struct {
	FanOut         []fanOutFigures    `json:"fanout,omitempty"`
	FanOutWithOpts []fanOutFigures    `json:"fanoutWithOpts,omitempty"`
	Idle           *idleFigures       `json:"idle,omitempty"`
	Connections    *connectionFigures `json:"connections,omitempty"`
	Registry       *registryFigures   `json:"registry,omitempty"`
	Ingest         *ingestFigures     `json:"ingest,omitempty"`
	Hostile        *hostileFigures    `json:"hostile,omitempty"`
	HTTP           *httpFigures       `json:"http,omitempty"`
}

func (r *report) write(file string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Printf("\nFan-out, medians of pairs; processor time in ms for 1,000 pushes\n%8s %6s %10s %10s %6s %8s %8s %8s %8s\n",
		"VENs", "opts", "pushes/s", "bare/s", "ratio", "bytes", "VTN cpu", "bare cpu", "server")
	for i, figures := range [][]fanOutFigures{r.FanOut, r.FanOutWithOpts} {
		for _, f := range figures {
			fmt.Printf("%8d %6s %10.0f %10.0f %6.2f %8.0f %8.1f %8.1f %8.1f\n", f.N, []string{"no", "yes"}[i], f.Rate, f.BareRate, f.Ratio, f.Bytes, f.VTNCPU, f.BareCPU, f.ServerCPU)
		}
	}
	fmt.Printf("\nAll figures: %s\n", file)
	return nil
}

func median(x []float64) float64 { return quantile(x, 0.5) }

// quantile is the value that a part of the others is not above.
func quantile(x []float64, part float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return s[min(len(s)-1, int(part*float64(len(s))))]
}
