package xmpp

import "time"

// patience is how long a test waits for what must come; it is never used up
// when all is well.
const patience = 30 * time.Second
