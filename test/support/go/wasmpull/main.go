// Fetches a module as Istio's agent does, and prints the digest of its image, its length and its first bytes.
package main

import (
	"context"
	"fmt"
	"os"

	"istio.io/istio/pkg/wasm"
)

func main() {
	module, digest, err := fetch(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\"digest\": %q, \"length\": %d, \"magic\": \"%x\"}\n", digest, len(module), module[:4])
}

func fetch(reference string) (module []byte, digest string, err error) {
	load, digest, err := wasm.NewImageFetcher(context.Background(), wasm.ImageFetcherOption{}).PrepareFetch(reference)
	if err == nil {
		module, err = load()
	}
	return
}
