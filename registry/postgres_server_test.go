package registry_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// postgresServer is a PostgreSQL in a temporary folder, with its default
// settings, on a free port of the loopback.
type postgresServer struct {
	dir, port string
	process   *exec.Cmd
	databases atomic.Int64
	made      sync.Once
	madeErr   error
}

// startPostgres fails with errNoPostgres where PostgreSQL is not installed.
func startPostgres() (*postgresServer, error) {
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
	s := &postgresServer{dir: dir}
	as, err := s.otherThanRoot()
	if err != nil {
		s.stop()
		return nil, err
	}
	data := filepath.Join(dir, "data")
	init := exec.Command(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8")
	init.Dir, init.SysProcAttr = dir, as
	if out, err := init.CombinedOutput(); err != nil {
		s.stop()
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		s.stop()
		return nil, err
	}
	s.process = exec.Command(server, "-D", data, "-h", "127.0.0.1", "-p", s.port, "-k", dir)
	s.process.Dir, s.process.SysProcAttr = dir, as
	s.process.Env = append(os.Environ(), "LC_MESSAGES=C")
	log, err := s.process.StderrPipe()
	if err != nil {
		s.stop()
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		s.process = nil
		s.stop()
		return nil, err
	}
	lines := bufio.NewScanner(log)
	var said strings.Builder
	for lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() {
				for lines.Scan() {
				}
			}()
			return s, nil
		}
	}
	s.stop()
	return nil, fmt.Errorf("postgres did not start:\n%s", said.String())
}

var errNoPostgres = errors.New("PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql/*/bin)")

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

// otherThanRoot: PostgreSQL refuses to run as root, so then it is postgres's.
// It ends with the test, however the test ends.
func (s *postgresServer) otherThanRoot() (*syscall.SysProcAttr, error) {
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
	return as, os.Chown(s.dir, uid, gid)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (s *postgresServer) url(database string) string {
	return fmt.Sprintf("postgres://postgres:secret@127.0.0.1:%s/%s?sslmode=disable", s.port, database)
}

// database makes a copy of another: template1 is without a schema, empty of a
// store in which nothing is.
func (s *postgresServer) database(tb testing.TB, of string) string {
	tb.Helper()
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if err := s.template(db); err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("t%d", s.databases.Add(1))
	if _, err := db.Exec("CREATE DATABASE " + name + " TEMPLATE " + of); err != nil {
		tb.Fatal(err)
	}
	return s.url(name)
}

// template makes an empty store, once, that those of the tests are copied from:
// to make its schema takes longer than most tests do.
func (s *postgresServer) template(db *sql.DB) error {
	s.made.Do(func() {
		if _, s.madeErr = db.Exec("CREATE DATABASE empty"); s.madeErr != nil {
			return
		}
		r, err := registry.Open(context.Background(), s.url("empty"), zerolog.Nop())
		if err != nil {
			s.madeErr = err
			return
		}
		s.madeErr = r.Close()
	})
	return s.madeErr
}

func (s *postgresServer) stop() {
	if s.process != nil {
		s.process.Process.Signal(syscall.SIGINT) //nolint:errcheck // then it has ended
		s.process.Wait()                         //nolint:errcheck // it was told to end
	}
	os.RemoveAll(s.dir) //nolint:errcheck // temporary
}

// The one PostgreSQL of this test run, or why there is none.
var (
	postgres    *postgresServer
	postgresErr error
)

func TestMain(m *testing.M) {
	if store := os.Getenv(childStore); store != "" {
		commitUntilKilled(store)
		return
	}
	if flag.Parse(); !testing.Short() {
		// The parent whose death ends PostgreSQL is a thread.
		runtime.LockOSThread()
		postgres, postgresErr = startPostgres()
	}
	code := m.Run()
	if postgres != nil {
		postgres.stop()
	}
	os.Exit(code)
}
