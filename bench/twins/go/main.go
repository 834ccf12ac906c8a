// The filter of bench/guests/header.ts on the Go SDK: five reads, four comparisons, two added headers.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var expected = [4][2]string{
	{":method", "GET"},
	{":path", "/api/items?id=42"},
	{"authorization", "Bearer 0123456789abcdef0123456789abcdef"},
	{"accept", "application/json"},
}

type vmContext struct{ types.DefaultVMContext }

type rootContext struct{ types.DefaultPluginContext }

type headerContext struct{ types.DefaultHttpContext }

func init() { proxywasm.SetVMContext(&vmContext{}) }

func main() {}

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &rootContext{} }

func (*rootContext) NewHttpContext(uint32) types.HttpContext { return &headerContext{} }

func (*headerContext) OnHttpRequestHeaders(int, bool) types.Action {
	hits := 0
	for _, pair := range expected {
		value, err := proxywasm.GetHttpRequestHeader(pair[0])
		if err == nil && value == pair[1] {
			hits++
		}
	}
	_, err := proxywasm.GetHttpRequestHeader("user-agent")
	score := "low"
	if err == nil && hits == len(expected) {
		score = "high"
	}
	_ = proxywasm.AddHttpRequestHeader("x-filter-score", score)
	_ = proxywasm.AddHttpRequestHeader("x-filter-name", "anchor")
	return types.ActionContinue
}
