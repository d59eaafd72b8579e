package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
)

func start(t *testing.T, options engine.Options) *engine.Engine {
	t.Helper()
	options.Binary = enginetest.Binary(t)
	running, err := engine.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	return running
}

func putAndGet(t *testing.T, client *dynamodb.Client, table string, put bool) bool {
	t.Helper()
	key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}, "sk": &types.AttributeValueMemberS{Value: "b"}}
	if put {
		if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: key}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return got.Item != nil
}

func TestDataOutlivesAKilledEngine(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	first := start(t, engine.Options{DataDir: dir})
	if data, err := os.ReadFile(filepath.Join(dir, "dynamodb.sqlite")); err != nil || !bytes.Contains(data, []byte("CREATE INDEX stream_order")) {
		t.Errorf("the database lacks its index, %v", err)
	}
	client := engine.NewClient(first.Endpoint())
	for range 2 { // the second creation finds the table
		if err := engine.CreateTable(ctx, client, enginetest.Schema("Table"), "expires"); err != nil {
			t.Fatal(err)
		}
	}
	if !putAndGet(t, client, "Table", true) {
		t.Fatal("the item is not there")
	}
	if err := kill(first.PID()); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	if first.Err() == nil {
		t.Error("no error of a killed engine")
	}
	second := start(t, engine.Options{DataDir: dir, Port: first.Port()})
	if second.Endpoint() != first.Endpoint() {
		t.Errorf("endpoint %s, want %s", second.Endpoint(), first.Endpoint())
	}
	if !putAndGet(t, client, "Table", false) {
		t.Error("the item is lost")
	}
	described, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String("Table")})
	if err != nil || aws.ToString(described.TimeToLiveDescription.AttributeName) != "expires" {
		t.Errorf("time to live %+v, %v", described, err)
	}
}

func TestCloseEndsTheProcess(t *testing.T) {
	t.Parallel()
	running := start(t, engine.Options{})
	for range 2 {
		if err := running.Close(); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-running.Done():
	default:
		t.Error("the process is still there")
	}
}

func TestStartSaysThatThePortIsTaken(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	port := listener.Addr().(*net.TCPAddr).Port
	_, err = engine.Start(context.Background(), engine.Options{Binary: enginetest.Binary(t), Port: port})
	want := fmt.Sprintf("the DynamoDB engine cannot start on port %d: it is already in use", port)
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestStartRefusesDataInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, engine.Options{DataDir: dir})
	_, err := engine.Start(context.Background(), engine.Options{Binary: enginetest.Binary(t), DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by another engine") {
		t.Errorf("error %v", err)
	}
}

func TestStartQuotesTheEngine(t *testing.T) {
	t.Parallel()
	_, err := engine.Start(context.Background(), engine.Options{Binary: script(t, t.TempDir(), "dynoxide", "echo no luck >&2; exit 3")})
	if err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("error %v", err)
	}
}

// TestEngineDiesWithItsParent runs this test again as a process of its own, starts an engine there and kills that process.
func TestEngineDiesWithItsParent(t *testing.T) {
	t.Parallel()
	if os.Getenv("ENGINE_PARENT") != "" {
		fmt.Println(start(t, engine.Options{}).Endpoint())
		select {}
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestEngineDiesWithItsParent$")
	parent.Env = append(os.Environ(), "ENGINE_PARENT=1")
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var endpoint string
	if _, err := fmt.Fscanln(output, &endpoint); err != nil {
		t.Fatal(err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	for { // the test's own timeout ends this loop if the engine lives on
		connection, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "http://"))
		if err != nil {
			return
		}
		_ = connection.Close()
	}
}

func kill(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

// script writes an executable shell script.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// npmPackage is the folder where npm puts the engine for this machine.
func npmPackage(root string) string {
	system, processor := runtime.GOOS, map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return filepath.Join(root, ".local", "node_modules", "@dynoxide", system+"-"+processor)
}

// TestLocate does without the network: a script stands in for npm. It changes PATH, so it does not run in parallel.
func TestLocate(t *testing.T) {
	path := os.Getenv("PATH")
	installs := `while [ "$1" != --prefix ]; do shift; done
prefix=$2
for last; do :; done
mkdir -p "$prefix/node_modules/${last%@*}"
echo '{"version":"'${last##*@}'"}' >"$prefix/node_modules/${last%@*}/package.json"
echo engine >"$prefix/node_modules/${last%@*}/dynoxide"`
	for _, c := range []struct {
		name, npm, have, wantError string
		onPath                     bool
		wantInstall                bool
	}{
		{name: "on PATH", onPath: true},
		{name: "installed", have: engine.Version, npm: "exit 1"},
		{name: "to install", npm: installs, wantInstall: true},
		{name: "an older version", have: "1.0.0", npm: installs, wantInstall: true},
		{name: "no npm", wantError: "npm is needed to install the DynamoDB engine: install Node.js, or put dynoxide on PATH, or set DYNAMODB_ENDPOINT"},
		{name: "no registry", npm: "echo npm error code ENOTFOUND >&2; echo npm error network no such host >&2; echo npm error A complete log of this run can be found in: /x.log >&2; exit 1", wantInstall: true, wantError: "network no such host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, bin := t.TempDir(), t.TempDir()
			t.Setenv("PATH", bin)
			t.Chdir(filepath.Dir(root)) // the root may be given as it is seen from elsewhere
			if c.npm != "" {
				script(t, bin, "npm", "PATH="+path+"\n"+c.npm)
			}
			want := filepath.Join(npmPackage(root), "dynoxide")
			if c.onPath {
				want = script(t, bin, "dynoxide", "")
			}
			if c.have != "" {
				if err := os.MkdirAll(npmPackage(root), 0o755); err != nil {
					t.Fatal(err)
				}
				script(t, npmPackage(root), "dynoxide", "")
				if err := os.WriteFile(filepath.Join(npmPackage(root), "package.json"), []byte(`{"version":"`+c.have+`"}`), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			told := false
			got, err := engine.Locate(context.Background(), filepath.Base(root), func(string) { told = true })
			if c.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantError) {
					t.Errorf("error %v, want one with %q", err, c.wantError)
				}
				return
			}
			if err != nil || got != want {
				t.Errorf("located %q, %v; want %q", got, err, want)
			}
			if told != c.wantInstall {
				t.Errorf("told of an installation: %v", told)
			}
		})
	}
}

func TestLocateInAFolderItCannotWrite(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	root := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(root, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Locate(context.Background(), root, nil); err == nil || !strings.Contains(err.Error(), "cannot be created") {
		t.Errorf("error %v", err)
	}
}
