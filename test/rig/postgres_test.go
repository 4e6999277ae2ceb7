package rig_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func TestPostgresTakesConnections(t *testing.T) {
	t.Parallel()
	rig.NeedServers(t)
	p, err := rig.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	conn, err := pgx.Connect(t.Context(), p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	var encoding, durable string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')").Scan(&encoding, &durable); err != nil {
		t.Fatal(err)
	}
	if encoding != "UTF8" || durable != "on" {
		t.Errorf("encoding %s, synchronous_commit %s", encoding, durable)
	}
	p.Close() // with a client connected
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("a closed server answers")
	}
}
