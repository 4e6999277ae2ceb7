package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// NginxOptions say how a proxy in front of a VTN is run.
type NginxOptions struct {
	// HTTPS has the certificates that the proxy uses in the VTN's place.
	HTTPS *HTTPS
	// Upstream is the URL of the VTN, http://host:port.
	Upstream string
	// Header is what the certificate of a VEN is handed on in, as URL-encoded PEM (rule T10).
	Header string
}

// Nginx is a running nginx that ends TLS for a VTN.
type Nginx struct {
	// Addr is where it listens, host:port.
	Addr string
	// Output is what it has printed.
	Output *Log

	process *process
	close   func()
}

const nginxConfig = `daemon off;
worker_processes 1;
pid %[1]s/pid;
error_log stderr info;
%[2]sevents { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen %[3]s ssl;
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_certificate %[4]s/rsa.crt; ssl_certificate_key %[4]s/rsa.key;
		ssl_certificate %[4]s/ecc.crt; ssl_certificate_key %[4]s/ecc.key;
		ssl_client_certificate %[4]s/vens.pem;
		ssl_verify_client on;
		location / {
			proxy_pass %[5]s;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header %[6]s $ssl_client_escaped_cert;
		}
	}
}
`

// StartNginx starts nginx in a folder of its own. It returns when it takes connections.
func StartNginx(ctx context.Context, o NginxOptions) (*Nginx, error) {
	program, err := nginxProgram()
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("nginx")
	if err != nil {
		return nil, err
	}
	n := &Nginx{Addr: loopback(port), Output: NewLog()}
	n.close = closing(ctx, func() {
		if n.process != nil {
			n.process.stop()
		}
		_ = os.RemoveAll(folder)
	})
	user := "" // only root may choose one
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	config := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(nginxConfig, folder, user, n.Addr, o.HTTPS.Folder, o.Upstream, o.Header)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		n.Close()
		return nil, err
	}
	cmd := exec.Command(program, "-p", folder, "-c", config, "-e", "stderr")
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = n.Output, n.Output
	n.process, err = start("nginx", cmd)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, startTime)
		defer cancel()
		err = n.process.await(ctx, func(ctx context.Context) error {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", n.Addr)
			if err == nil {
				c.Close()
			}
			return err
		})
	}
	if err != nil {
		n.Close()
		return nil, fmt.Errorf("%w; its output ends:\n%s", err, n.Output.Tail(30))
	}
	return n, nil
}

// Close stops it and removes its folder.
func (n *Nginx) Close() { n.close() }

// nginxProgram finds nginx, which Debian puts where only root looks.
func nginxProgram() (string, error) {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("nginx is missing: run test/install nginx")
}
