package api

import (
	"fmt"
	"sync"
)

// places counts the streams that are open.
type places struct {
	mu  sync.Mutex
	all int
	of  map[string]int // by who opened them
}

func newPlaces() *places { return &places{of: map[string]int{}} }

// take takes a place. full says why there is none.
func (p *places) take(who string, most StreamLimits) (leave func(), full string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.all >= most.Most:
		return nil, fmt.Sprintf("%d streams are open, more are not possible; close some, or try again later", most.Most)
	case p.of[who] >= most.PerActor:
		return nil, fmt.Sprintf("you have %d streams open, more are not possible; close some", most.PerActor)
	}
	p.all++
	p.of[who]++
	var once sync.Once
	return func() {
		once.Do(func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.all--
			if p.of[who]--; p.of[who] == 0 {
				delete(p.of, who)
			}
		})
	}, ""
}
