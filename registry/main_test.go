package registry_test

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// The PostgreSQL server of this test run, or the error that kept it from starting.
var (
	postgres    *registrytest.Postgres
	postgresErr error
)

func TestMain(m *testing.M) {
	if store := os.Getenv(childStore); store != "" {
		commitUntilKilled(store)
		return
	}
	if flag.Parse(); !testing.Short() {
		// PostgreSQL ends with the thread that starts it.
		runtime.LockOSThread()
		postgres, postgresErr = registrytest.StartPostgres()
	}
	code := m.Run()
	if postgres != nil {
		postgres.Stop()
	}
	os.Exit(code)
}
