package core

import "time"

// FiguresReader is the part of [Reader] that counts over all VENs.
type FiguresReader interface {
	Figures(now time.Time) (Figures, error)
}
