// Command istio is a control plane and its agent in one process, without Kubernetes: Istio's own generators answer a
// stock Envoy by ADS, and Istio's own agent code fetches the Wasm modules that the answers name, as pilot-agent does
// beside a sidecar.
//
// Arguments: the address that proxies connect to, the folder for fetched modules, files of Istio configuration.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/wasm"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

func main() {
	configuration, err := readAll(os.Args[3:])
	if err != nil {
		fail(err)
	}
	// A fake server ends by panic, which Wrap turns into an error; it never returns otherwise.
	fail(test.Wrap(func(t test.Failer) {
		generators := listen(t, "127.0.0.1:0")
		xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			MeshConfig:      meshConfiguration(),
			ConfigString:    configuration,
			ListenerBuilder: func() (net.Listener, error) { return generators, nil },
		})
		agent := &Agent{
			generators: generators.Addr().String(),
			modules:    wasm.NewLocalFileCache(os.Args[2], wasm.Options{}),
		}
		server := grpc.NewServer()
		discovery.RegisterAggregatedDiscoveryServiceServer(server, agent)
		t.Fatal(server.Serve(listen(t, os.Args[1])))
	}))
}

// meshConfiguration leaves out what only Istio's own build of Envoy, or its certificate authority, could serve.
func meshConfiguration() *meshconfig.MeshConfig {
	config := mesh.DefaultMeshConfig()
	config.EnableAutoMtls = wrapperspb.Bool(false)
	config.DefaultProviders = &meshconfig.MeshConfig_DefaultProviders{}
	return config
}

func readAll(files []string) (string, error) {
	texts := make([]string, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "\n---\n"), nil
}

func listen(t test.Failer, address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

const extensionConfigs = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"

// Agent stands between a proxy and the generators: it passes on everything, with remote modules made local files.
type Agent struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	generators string
	modules    wasm.Cache
}

type proxyStream = discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer

// StreamAggregatedResources ends when either side does.
func (a *Agent) StreamAggregatedResources(proxy proxyStream) error {
	connection, err := grpc.NewClient(a.generators, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	generators, err := discovery.NewAggregatedDiscoveryServiceClient(connection).StreamAggregatedResources(proxy.Context())
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- relay(proxy.Recv, generators.Send) }()
	go func() { ended <- relay(a.withLocalModules(generators.Recv), proxy.Send) }()
	return <-ended
}

func (a *Agent) withLocalModules(receive func() (*discovery.DiscoveryResponse, error)) func() (*discovery.DiscoveryResponse, error) {
	return func() (*discovery.DiscoveryResponse, error) {
		response, err := receive()
		if err == nil && response.TypeUrl == extensionConfigs {
			err = wasm.MaybeConvertWasmExtensionConfig(response.Resources, a.modules)
		}
		return response, err
	}
}

// relay passes messages on until one side ends.
func relay[M any](receive func() (M, error), send func(M) error) error {
	for {
		message, err := receive()
		if err != nil {
			return err
		}
		if err := send(message); err != nil {
			return err
		}
	}
}
