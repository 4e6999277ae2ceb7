package rig_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func TestVTNRunsEndsAndRunsAgain(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	binary, err := rig.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := rig.StartVTN(t.Context(), rig.VTNOptions{
		Binary: binary, Server: e.ComponentAddr, Domain: e.Components[0], Secret: e.Secret, Env: []string{"VTN_LOG_LEVEL=debug"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := v.WaitLog(ctx, `"level":`); err != nil {
		t.Error(err)
	}
	if status := v.Terminate(); status != 0 {
		t.Errorf("after SIGTERM it ends with %d:\n%s", status, v.Output.Tail(10))
	}
	if _, err := http.Get(v.APIURL + "/healthz"); err == nil {
		t.Error("a terminated VTN answers")
	}
	if err := v.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.Kill()
	if status, err := v.Wait(ctx); err != nil || status != -1 {
		t.Errorf("after SIGKILL the status is %d (%v)", status, err)
	}
	if err := v.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestVTNWithAWrongSecretEndsByItself(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	binary, err := rig.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := rig.StartVTN(t.Context(), rig.VTNOptions{
		Binary: binary, Server: e.ComponentAddr, Domain: e.Components[0], Secret: "wrong", Unready: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if status, err := v.Wait(ctx); err != nil || status == 0 {
		t.Errorf("it ended with %d (%v)", status, err)
	}
}
