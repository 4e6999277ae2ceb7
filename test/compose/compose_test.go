// Package compose checks docker-compose.yml. It is a module of its own: compose-go brings many modules of Docker.
package compose

import (
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// loadCompose loads docker-compose.yml as `docker compose` does, schema validation and consistency checks on.
func loadCompose(t *testing.T, environment types.Mapping, profiles ...string) *types.Project {
	t.Helper()
	project, err := tryCompose(t, types.Mapping{"COMPOSE_PROJECT_NAME": "vtn-xmpp-test"}.Merge(environment), profiles...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func tryCompose(t *testing.T, environment types.Mapping, profiles ...string) (*types.Project, error) {
	t.Helper()
	file, err := filepath.Abs("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file}},
		Environment: environment,
	}, loader.WithProfiles(profiles))
}

// TestComposeWantsANameOfItsOwn: two checkouts are two stacks, and without .env
// it says what makes it.
func TestComposeWantsANameOfItsOwn(t *testing.T) {
	if _, err := tryCompose(t, nil); err == nil || !strings.Contains(err.Error(), "make-secrets") {
		t.Errorf("without a name: %v", err)
	}
	if got := loadCompose(t, nil).Name; got != "vtn-xmpp-test" {
		t.Errorf("the project is called %s", got)
	}
	names := map[string]bool{}
	for range 3 {
		dir := t.TempDir()
		if out, err := exec.Command("../../ejabberd/make-secrets", "--domain", "example.org", filepath.Join(dir, "secrets")).CombinedOutput(); err != nil {
			t.Fatalf("make-secrets: %v\n%s", err, out)
		}
		env, err := os.ReadFile(filepath.Join(dir, ".env"))
		if err != nil || !strings.Contains(string(env), "VTN_XMPP_DOMAIN=vtn.example.org\n") {
			t.Errorf("%v: .env is %s", err, env)
		}
		names[regexp.MustCompile(`(?m)^COMPOSE_PROJECT_NAME=vtn-xmpp-\w{8}$`).FindString(string(env))] = true
	}
	if len(names) != 3 || names[""] {
		t.Errorf("the names of three checkouts are %v", names)
	}
}

// TestComposeKeepsTheStackOfBefore: one whose secrets were made when all had one
// name finds its accounts and events again.
func TestComposeKeepsTheStackOfBefore(t *testing.T) {
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	for range 2 {
		if out, err := exec.Command("../../ejabberd/make-secrets", secrets).CombinedOutput(); err != nil {
			t.Fatalf("make-secrets: %v\n%s", err, out)
		}
		if err := os.Remove(filepath.Join(dir, ".env")); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("../../ejabberd/make-secrets", secrets).CombinedOutput(); err != nil || !strings.Contains(string(out), "stays vtn-xmpp") {
		t.Errorf("%v: %s", err, out)
	}
	if env, err := os.ReadFile(filepath.Join(dir, ".env")); err != nil || !strings.Contains(string(env), "COMPOSE_PROJECT_NAME=vtn-xmpp\n") {
		t.Errorf("%v: %s", err, env)
	}
}

// TestX10ComposeBelievesTheAuthorityForVENs, also where the secrets were made before there was one.
func TestX10ComposeBelievesTheAuthorityForVENs(t *testing.T) {
	secrets := filepath.Join(t.TempDir(), "secrets")
	const line = "c2s_cafile: /etc/ejabberd/ven-ca.pem\n"
	for range 3 {
		if out, err := exec.Command("../../ejabberd/make-secrets", secrets).CombinedOutput(); err != nil {
			t.Fatalf("make-secrets: %v\n%s", err, out)
		}
		local, err := os.ReadFile(filepath.Join(secrets, "local.yml"))
		if err != nil || strings.Count(string(local), line) != 1 {
			t.Errorf("%v: local.yml is %s", err, local)
		}
		if err := os.WriteFile(filepath.Join(secrets, "local.yml"), []byte(strings.Replace(string(local), line, "", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mounted := slices.ContainsFunc(loadCompose(t, nil).Services["ejabberd"].Secrets, func(s types.ServiceSecretConfig) bool {
		return s.Target == "/etc/ejabberd/ven-ca.pem"
	})
	if !mounted {
		t.Error("ejabberd does not see secrets/ven-ca.pem")
	}
}

// TestComposeBoundsEveryService, whatever is added.
func TestComposeBoundsEveryService(t *testing.T) {
	for name, s := range loadCompose(t, nil, "postgres").Services {
		if s.MemLimit <= 0 || s.PidsLimit <= 0 || s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
			t.Errorf("%s may take all memory, processes or room for logs", name)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do more than it has to", name)
		}
	}
	for service, setting := range map[string]string{"ejabberd": "EJABBERD_NOFILE", "vtn": "VTN_NOFILE"} {
		if got := loadCompose(t, types.Mapping{setting: "20000"}).Services[service].Ulimits["nofile"]; got == nil || got.Single != 20000 {
			t.Errorf("%s makes the file limit %+v", setting, got)
		}
	}
}

// TestComposeStartsAnewWhatHasNewSecrets: compose itself does not look into files.
func TestComposeStartsAnewWhatHasNewSecrets(t *testing.T) {
	dir := t.TempDir()
	marks := func() map[string]string {
		t.Helper()
		if out, err := exec.Command("../../ejabberd/make-secrets", filepath.Join(dir, "secrets")).CombinedOutput(); err != nil {
			t.Fatalf("make-secrets: %v\n%s", err, out)
		}
		env, err := os.ReadFile(filepath.Join(dir, ".env"))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^(\w+)_SECRETS=(\w+)$`).FindAllStringSubmatch(string(env), -1) {
			found[m[1]] = m[2]
		}
		for name, mark := range found {
			service := loadCompose(t, types.Mapping{name + "_SECRETS": mark}).Services[strings.ToLower(name)]
			if service.Labels["vtn-xmpp.secrets"] != mark {
				t.Errorf("%s does not change with its secrets: %v", name, service.Labels)
			}
		}
		return found
	}
	before := marks()
	if again := marks(); len(before) != 2 || !maps.Equal(again, before) {
		t.Errorf("marks %v became %v without a change", before, again)
	}
	for file, changed := range map[string][]string{
		"component": {"EJABBERD", "VTN"}, "server.pem": {"EJABBERD"}, "ven-ca.pem": {"EJABBERD"}, "api-token": {"VTN"}, "webhook-secret": {"VTN"}, "postgres-password": {"VTN"},
	} {
		if err := os.Remove(filepath.Join(dir, "secrets", file)); err != nil {
			t.Fatal(err)
		}
		after := marks()
		var found []string
		for name := range after {
			if after[name] != before[name] {
				found = append(found, name)
			}
		}
		slices.Sort(found)
		if !slices.Equal(found, changed) {
			t.Errorf("a new %s starts %v anew, want %v", file, found, changed)
		}
		before = after
	}
}

func TestComposeStartsEjabberdAndTheVTN(t *testing.T) {
	for _, c := range []struct {
		profiles, services []string
	}{
		{nil, []string{"ejabberd", "vtn"}},
		{[]string{"postgres"}, []string{"ejabberd", "postgres", "vtn"}},
	} {
		if got := loadCompose(t, nil, c.profiles...).ServiceNames(); !slices.Equal(got, c.services) {
			t.Errorf("with profiles %v the services are %v, want %v", c.profiles, got, c.services)
		}
	}
	vtn := loadCompose(t, nil).Services["vtn"]
	if got := vtn.DependsOn["ejabberd"].Condition; got != types.ServiceConditionHealthy {
		t.Errorf("the VTN waits for ejabberd to be %q", got)
	}
}

func TestComposeBuildsTheTargetsOfTheDockerfile(t *testing.T) {
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(dockerfile), "-X main.built=$VERSION") {
		t.Error("the build says no version")
	}
	for name, service := range loadCompose(t, nil).Services {
		if service.Build.Args["VERSION"] == nil {
			t.Errorf("%s is built without a version", name)
		}
		if target := service.Build.Target; !strings.Contains(string(dockerfile), " AS "+target+"\n") {
			t.Errorf("%s is built from %q, which is not in the Dockerfile", name, target)
		}
	}
	_, vtn, _ := strings.Cut(string(dockerfile), "FROM scratch AS vtn\n")
	for _, want := range []string{"USER 65532:65532", `HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["vtn-xmpp", "health"]`} {
		if !strings.Contains(vtn, want+"\n") {
			t.Errorf("the VTN's image has no %s", want)
		}
	}
}

func TestComposeChecksHealth(t *testing.T) {
	project := loadCompose(t, nil, "postgres")
	for name, service := range project.Services {
		if service.HealthCheck == nil || len(service.HealthCheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
	}
	if got, want := project.Services["vtn"].HealthCheck.Test, (types.HealthCheckTest{"CMD", "vtn-xmpp", "health"}); !slices.Equal(got, want) {
		t.Errorf("the VTN's health check is %q, want %q", got, want)
	}
}

func TestComposeTakesSecretsFromFiles(t *testing.T) {
	project := loadCompose(t, nil, "postgres")
	if len(project.Secrets) == 0 {
		t.Fatal("there are no secrets")
	}
	for name, secret := range project.Secrets {
		if filepath.Base(filepath.Dir(secret.File)) != "secrets" || secret.Environment != "" || secret.Content != "" {
			t.Errorf("secret %s is not a file in secrets/: %+v", name, secret)
		}
	}
	for name, service := range project.Services {
		for variable, value := range service.Environment {
			secret := strings.HasSuffix(variable, "_SECRET") || strings.HasSuffix(variable, "_TOKEN") || strings.HasSuffix(variable, "PASSWORD")
			if secret {
				t.Errorf("%s has a secret in its environment: %s", name, variable)
			}
			if file, ok := strings.CutPrefix(*value, "/run/secrets/"); ok && !slices.ContainsFunc(service.Secrets, func(s types.ServiceSecretConfig) bool { return s.Source == file }) {
				t.Errorf("%s of %s names a secret the service does not have: %s", variable, name, *value)
			}
		}
	}
}

func TestComposeMakesEverySecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	if out, err := exec.Command("../../ejabberd/make-secrets", dir).CombinedOutput(); err != nil {
		t.Fatalf("make-secrets: %v\n%s", err, out)
	}
	made := func() map[string]string {
		contents := map[string]string{}
		for name, secret := range loadCompose(t, nil, "postgres").Secrets {
			content, err := os.ReadFile(filepath.Join(dir, filepath.Base(secret.File)))
			if contents[name] = string(content); err != nil || len(content) == 0 {
				t.Errorf("secret %s is not made: %v", name, err)
			}
		}
		return contents
	}
	first := made()
	folder, err := os.Stat(dir)
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("others can enter the folder: %v, %v", folder.Mode(), err)
	}
	if err := os.Remove(filepath.Join(dir, "webhook-secret")); err != nil { // as an earlier version left it
		t.Fatal(err)
	}
	if out, err := exec.Command("../../ejabberd/make-secrets", dir).CombinedOutput(); err != nil {
		t.Fatalf("make-secrets again: %v\n%s", err, out)
	}
	again := made()
	delete(first, "webhook-secret")
	delete(again, "webhook-secret")
	if !maps.Equal(first, again) {
		t.Error("a second run replaced the secrets")
	}
}

// VENs reach one port; everything else stays on this machine, and the component's unencrypted connection inside.
func TestComposePublishesOnlyTheClientPort(t *testing.T) {
	project := loadCompose(t, nil, "postgres")
	for name, service := range project.Services {
		for _, port := range service.Ports {
			if name == "ejabberd" && port.Target == 5222 {
				continue
			}
			if ip, err := netip.ParseAddr(port.HostIP); err != nil || !ip.IsLoopback() {
				t.Errorf("%s publishes port %d at %q, want loopback", name, port.Target, port.HostIP)
			}
			if port.Target == 5347 {
				t.Error("the component port is published")
			}
		}
	}
	if !project.Networks["component"].Internal || !project.Networks["store"].Internal {
		t.Error("the component's and the store's network have a way out")
	}
	if _, ok := project.Services["postgres"].Networks["store"]; !ok || len(project.Services["postgres"].Networks) != 1 {
		t.Error("PostgreSQL is on other networks than its own")
	}
}

func TestComposeVTNHasAToken(t *testing.T) {
	vtn := loadCompose(t, nil).Services["vtn"]
	if listen := *vtn.Environment["VTN_API_LISTEN"]; !strings.HasPrefix(listen, "127.") && vtn.Environment["VTN_API_TOKEN_FILE"] == nil {
		t.Errorf("the API listens at %s without a token", listen)
	}
}

// TestComposeReachesTheWebhook: it is named in .env, its secret is a file, and it is outside.
func TestComposeReachesTheWebhook(t *testing.T) {
	const url = "https://dr.example.org/registrations"
	project := loadCompose(t, types.Mapping{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": url})
	vtn := project.Services["vtn"]
	for name, want := range map[string]string{
		"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": url, "VTN_WEBHOOK_SECRET_FILE": "/run/secrets/webhook-secret",
	} {
		if got := vtn.Environment[name]; got == nil || *got != want {
			t.Errorf("%s is not %s", name, want)
		}
	}
	wayOut := false
	for name := range vtn.Networks {
		wayOut = wayOut || !project.Networks[name].Internal
	}
	if !wayOut {
		t.Error("no network of the VTN has a way out")
	}
	if got := loadCompose(t, nil).Services["vtn"].Environment["VTN_WEBHOOK_URL"]; got == nil || *got != "" {
		t.Error("without a setting VTN_WEBHOOK_URL is not empty")
	}
}

func TestComposeTakesTheStoreFromTheEnvironment(t *testing.T) {
	const store = "postgres://vtn@postgres/vtn?passfile=/run/secrets/pgpass&sslmode=disable"
	vtn := loadCompose(t, types.Mapping{"VTN_STORE": store}, "postgres").Services["vtn"]
	if got := *vtn.Environment["VTN_STORE"]; got != store {
		t.Errorf("VTN_STORE is %s", got)
	}
	if got := *loadCompose(t, nil).Services["vtn"].Environment["VTN_STORE"]; !strings.HasPrefix(got, "sqlite:/var/lib/vtn/") {
		t.Errorf("without a setting the store is %s", got)
	}
}
