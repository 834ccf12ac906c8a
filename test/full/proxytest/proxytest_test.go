// Package proxytest drives the filters through the Go SDK's proxytest, a host that shares no code with Envoy or Sluice.
// BUILT and ADAPTED name the folders with the modules as built, and as adapt.ts made them.
package proxytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var filters = []string{"api-key-auth", "fault", "header-routing", "ratelimit", "stats"}

func read(t *testing.T, folder, filter string) []byte {
	t.Helper()
	wasm, err := os.ReadFile(filepath.Join(os.Getenv(folder), filter+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// create makes a plugin of an adapted filter. What it takes of a configuration, the status of StartPlugin tells.
func create(t *testing.T, filter, configuration string) proxytest.HostEmulator {
	t.Helper()
	vm, err := proxytest.NewWasmVMContext(read(t, "ADAPTED", filter))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = vm.Close() })
	option := proxytest.NewEmulatorOption().WithVMContext(vm).WithPluginConfiguration([]byte(configuration))
	host, reset := proxytest.NewHostEmulator(option)
	t.Cleanup(reset)
	if host.StartVM() != types.OnVMStartStatusOK {
		t.Fatal("the VM did not start")
	}
	return host
}

func start(t *testing.T, filter, configuration string) proxytest.HostEmulator {
	t.Helper()
	host := create(t, filter, configuration)
	if host.StartPlugin() != types.OnPluginStartStatusOK {
		t.Fatal("configuration refused:", host.GetErrorLogs(), host.GetCriticalLogs())
	}
	return host
}

// request sends the headers of a request, and returns its stream and what the filter did with it.
func request(host proxytest.HostEmulator, headers ...[2]string) (uint32, types.Action) {
	stream := host.InitializeHttpContext()
	pseudo := [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "case.test"}, {":scheme", "http"}}
	return stream, host.CallOnRequestHeaders(stream, append(pseudo, headers...), true)
}

func passes(t *testing.T, host proxytest.HostEmulator, headers ...[2]string) uint32 {
	t.Helper()
	stream, action := request(host, headers...)
	if reply := host.GetSentLocalResponse(stream); action != types.ActionContinue || reply != nil {
		t.Fatalf("action %v, local reply %v", action, reply)
	}
	return stream
}

func answered(t *testing.T, host proxytest.HostEmulator, status uint32, body string, headers ...[2]string) {
	t.Helper()
	stream, action := request(host, headers...)
	reply := host.GetSentLocalResponse(stream)
	if action != types.ActionPause || reply == nil {
		t.Fatalf("action %v, local reply %v", action, reply)
	}
	if reply.StatusCode != status || string(reply.Data) != body {
		t.Fatalf("local reply %d %q, wanted %d %q", reply.StatusCode, reply.Data, status, body)
	}
}

func counted(t *testing.T, host proxytest.HostEmulator, name string, wanted uint64) {
	t.Helper()
	if value, err := host.GetCounterMetric(name); err != nil || value != wanted {
		t.Fatalf("%s: %d, %v; wanted %d", name, value, err, wanted)
	}
}

func values(pairs [][2]string, name string) string {
	var found []string
	for _, pair := range pairs {
		if pair[0] == name {
			found = append(found, pair[1])
		}
	}
	return strings.Join(found, ",")
}

// Why there is an adapter: when this fails, proxytest has caught up with ABI 0.2.1.
func TestProxytestLacksHostcalls(t *testing.T) {
	for _, filter := range filters {
		_, err := proxytest.NewWasmVMContext(read(t, "BUILT", filter))
		if err == nil || !strings.HasSuffix(err.Error(), `is not exported in module "env"`) {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

func TestUnknownFieldIsRefused(t *testing.T) {
	for _, filter := range filters {
		// A test of its own each: an emulator locks out all others until it is reset.
		t.Run(filter, func(t *testing.T) {
			host := create(t, filter, `{"no_such_field": 1}`)
			if host.StartPlugin() != types.OnPluginStartStatusFailed {
				t.Error("it takes an unknown field")
			}
			lines := strings.Join(append(host.GetErrorLogs(), host.GetCriticalLogs()...), "\n")
			if !strings.Contains(lines, "no_such_field: unknown field") {
				t.Errorf("it logs %q", lines)
			}
		})
	}
}

func TestApiKeyAuth(t *testing.T) {
	host := start(t, "api-key-auth", `{"key_sources": [{"header": "x-api-key"}],
		"credentials": [{"client": "alice", "key": "k-alice-0123456789"}],
		"forwarding": {"header": "x-client", "hide_credentials": true}}`)
	answered(t, host, 401, "Client authentication failed.")
	answered(t, host, 401, "Client authentication failed.", [2]string{"x-api-key", "k-mallory"})
	stream := passes(t, host, [2]string{"x-api-key", "k-alice-0123456789"})
	headers := host.GetCurrentRequestHeaders(stream)
	if values(headers, "x-client") != "alice" || values(headers, "x-api-key") != "" {
		t.Fatal(headers)
	}
	counted(t, host, "api_key_auth.allowed", 1)
	counted(t, host, "api_key_auth.unauthorized", 2)
}

func TestHeaderRouting(t *testing.T) {
	host := start(t, "header-routing", `{"routes": [{"name": "beta", "route": {"cluster": "reviews-v3"},
		"match": {"headers": [{"name": "x-user-group", "string_match": {"exact": "beta"}}]}}]}`)
	routed := passes(t, host, [2]string{"x-route-cluster", "evil"}, [2]string{"x-user-group", "beta"})
	if cluster := values(host.GetCurrentRequestHeaders(routed), "x-route-cluster"); cluster != "reviews-v3" {
		t.Fatal(cluster)
	}
	unmatched := passes(t, host, [2]string{"x-route-cluster", "evil"})
	if cluster := values(host.GetCurrentRequestHeaders(unmatched), "x-route-cluster"); cluster != "" {
		t.Fatal(cluster)
	}
	counted(t, host, "header_routing.routed", 1)
	counted(t, host, "header_routing.unmatched", 1)
}

func TestFaultAbort(t *testing.T) {
	host := start(t, "fault", `{"rules": [{"match": {"headers": [{"name": "x-chaos", "present_match": true}]},
		"abort": {"http_status": 503, "percentage": "100%"}}]}`)
	answered(t, host, 503, "fault filter abort", [2]string{"x-chaos", "1"})
	passes(t, host)
	counted(t, host, "fault.aborts_injected", 1)
}

func TestFaultDelay(t *testing.T) {
	host := start(t, "fault", `{"rules": [{"delay": {"fixed_delay": "0.005s", "percentage": "100%"}}]}`)
	stream, action := request(host)
	if action != types.ActionPause || host.GetTickPeriod() == 0 {
		t.Fatalf("action %v, tick period %d", action, host.GetTickPeriod())
	}
	// Each reading of the clock is a millisecond here.
	for ticks := 0; host.GetCurrentHttpStreamAction(stream) == types.ActionPause; ticks++ {
		if ticks > 20 {
			t.Fatal("the request was never continued")
		}
		host.Tick()
	}
	counted(t, host, "fault.delays_injected", 1)
}

func TestRatelimit(t *testing.T) {
	host := start(t, "ratelimit", `{"limits": [{"name": "per-user",
		"actions": [{"request_headers": {"header_name": "x-user", "descriptor_key": "user"}}],
		"token_bucket": {"max_tokens": 2, "tokens_per_fill": 2, "fill_interval": "60s"}}]}`)
	stream := passes(t, host, [2]string{"x-user", "a"})
	host.CallOnResponseHeaders(stream, [][2]string{{":status", "200"}}, true)
	if left := values(host.GetCurrentResponseHeaders(stream), "x-ratelimit-remaining"); left != "1" {
		t.Fatal(left)
	}
	passes(t, host, [2]string{"x-user", "a"})
	answered(t, host, 429, "local_rate_limited", [2]string{"x-user", "a"})
	passes(t, host, [2]string{"x-user", "b"})
	counted(t, host, "ratelimit.ok", 3)
	counted(t, host, "ratelimit.rate_limited", 1)
}
