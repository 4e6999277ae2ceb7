package registrytest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// Postgres is a running PostgreSQL server in a temporary folder, with its default
// settings, on a free port of the loopback.
type Postgres struct {
	dir, port string
	process   *exec.Cmd
	databases atomic.Int64
	made      sync.Once
	madeErr   error
}

// errNoPostgres says that PostgreSQL is not installed.
var errNoPostgres = errors.New("PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql/*/bin)")

// StartPostgres starts a server and returns when it accepts connections. The kernel
// stops the server when the thread that started it ends.
func StartPostgres() (*Postgres, error) {
	initdb, err := postgresProgram("initdb")
	if err != nil {
		return nil, err
	}
	server, err := postgresProgram("postgres")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "registry-postgres-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir}
	if err := p.start(initdb, server); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) start(initdb, server string) error {
	attributes, err := p.attributes()
	if err != nil {
		return err
	}
	data := filepath.Join(p.dir, "data")
	init := exec.Command(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8")
	init.Dir, init.SysProcAttr = p.dir, attributes
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := rig.FreePort() // which no connection takes before the server does
	if err != nil {
		return err
	}
	p.port = strconv.Itoa(port)
	process := exec.Command(server, "-D", data, "-h", "127.0.0.1", "-p", p.port, "-k", p.dir)
	process.Dir, process.SysProcAttr = p.dir, attributes
	process.Env = append(os.Environ(), "LC_MESSAGES=C")
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	process.Stderr = log
	if err := process.Start(); err != nil {
		return err
	}
	p.process = process
	return awaitReady(log.Name())
}

// awaitReady waits until a server's log says that it accepts connections.
func awaitReady(log string) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(log)
		switch {
		case err != nil:
			return err
		case strings.Contains(string(text), "ready to accept connections"):
			return nil
		case strings.Contains(string(text), "FATAL:"), time.Now().After(deadline):
			return fmt.Errorf("postgres did not start:\n%s", text)
		}
	}
}

func postgresProgram(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(paths) == 0 {
		return "", errNoPostgres
	}
	return paths[len(paths)-1], nil
}

// attributes make a process end with the thread that started it. PostgreSQL refuses
// to run as root, so root runs it as the user postgres, who then owns the folder.
func (p *Postgres) attributes() (*syscall.SysProcAttr, error) {
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(p.dir, uid, gid)
}

// NeedPostgres takes the error of [StartPostgres]. It skips the test if PostgreSQL is
// not installed, but not in CI, and fails the test on any other error.
func NeedPostgres(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, errNoPostgres) && os.Getenv("CI") != "true" {
		tb.Skip("skipped: ", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Database makes a database without tables and returns its address.
func (p *Postgres) Database(tb testing.TB) string {
	tb.Helper()
	return p.copy(tb, "template1")
}

// Store makes an empty store, as VTN_STORE would name it. Its schema is made once and
// copied for each test, since making it takes longer than most tests.
func (p *Postgres) Store(tb testing.TB) string {
	tb.Helper()
	p.made.Do(func() { p.madeErr = p.makeTemplate() })
	if p.madeErr != nil {
		tb.Fatal(p.madeErr)
	}
	return p.copy(tb, "empty")
}

func (p *Postgres) copy(tb testing.TB, template string) string {
	tb.Helper()
	name := fmt.Sprintf("t%d", p.databases.Add(1))
	if err := p.exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		tb.Fatal(err)
	}
	return p.url(name)
}

// makeTemplate makes the empty store that Store copies.
func (p *Postgres) makeTemplate() error {
	if err := p.exec("CREATE DATABASE empty"); err != nil {
		return err
	}
	r, err := registry.Open(context.Background(), p.url("empty"), zerolog.Nop())
	if err != nil {
		return err
	}
	return r.Close()
}

func (p *Postgres) exec(statement string) error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

func (p *Postgres) url(database string) string {
	return fmt.Sprintf("postgres://postgres:secret@127.0.0.1:%s/%s?sslmode=disable", p.port, database)
}

// Stop stops the server and removes its folder.
func (p *Postgres) Stop() {
	if p.process != nil {
		p.process.Process.Signal(syscall.SIGINT) //nolint:errcheck // it fails only if the server has ended
		p.process.Wait()                         //nolint:errcheck // how a server ends that was stopped does not matter
	}
	os.RemoveAll(p.dir) //nolint:errcheck // a temporary folder
}
