package rig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// Postgres is a running PostgreSQL with an empty database.
type Postgres struct {
	// DSN is the address of the database, postgres://…, over loopback.
	DSN string
	// Output is what the server has printed.
	Output *Log

	process *process
	close   func()
}

// StartPostgres makes a database cluster in a folder of its own and starts a server on it. It returns when the server takes
// connections. As root, the server runs as user postgres.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	as, err := postgresUser()
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("postgres")
	if err != nil {
		return nil, err
	}
	p := &Postgres{Output: NewLog()}
	p.close = closing(ctx, func() {
		if p.process != nil {
			p.process.stop()
		}
		_ = os.RemoveAll(folder)
	})
	dsn := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: loopback(port), Path: "/postgres", RawQuery: "sslmode=disable"}
	p.DSN = dsn.String()
	if err := p.start(ctx, bin, folder, port, as); err != nil {
		p.Close()
		return nil, fmt.Errorf("%w; its output ends:\n%s", err, p.Output.Tail(30))
	}
	return p, nil
}

// Close stops the server and removes its folder.
func (p *Postgres) Close() { p.close() }

func (p *Postgres) start(ctx context.Context, bin, folder string, port int, as *syscall.Credential) error {
	if as != nil {
		if err := os.Chown(folder, int(as.Uid), int(as.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(folder, "data")
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = folder
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
		cmd.Stdout, cmd.Stderr = p.Output, p.Output
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		return cmd
	}
	if err := command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync").Run(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	var err error
	p.process, err = start("postgres", command("postgres", "-D", data, "-p", strconv.Itoa(port), "-k", folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=50"))
	if err != nil {
		return err
	}
	p.process.quit = syscall.SIGINT // SIGTERM would wait for the clients to leave
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return p.process.await(ctx, func(ctx context.Context) error {
		return exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(port)).Run()
	})
}

// postgresBin finds the folder of PostgreSQL's programs, the newest of those that Debian's packages have installed.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is missing: run test/install")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// postgresUser returns whom the server runs as; nil is the current user. PostgreSQL refuses to run as root.
func postgresUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("run PostgreSQL as root: %w: run test/install", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
