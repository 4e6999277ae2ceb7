package architecture

// What is too large today. A change that makes one of these small enough takes it out; none is added.
const (
	manyMethods = `

`
	longFunctions = `
test.TestBadInput
test.TestBadReports
test.TestCommandLine
test.TestE17Opts
test.TestEventHistory
test.TestEveryFieldReachesTheVEN
test.TestN4N12Webhook
test.TestOutcomes
test.TestP1P2P3P4P5Schedules
test.TestRegistrationOpen
test.TestSimulate
test.TestSimulateSchedulesAndErrors
test.TestSoakHostileStanzas
test.TestX1LastRequestDecides
test.TestX9AFloodOfTinyStanzasHarmsNobodyElse
test.besideDebians
test.formerReports
`
)
