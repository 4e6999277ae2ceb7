//go:build race

package test

// race says whether these tests, and so the VTN they run, have the race detector.
const race = true
