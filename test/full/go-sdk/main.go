// A filter on a foreign SDK that uses every service a host offers to it. What it does is in cases.yaml.
package main

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	greeting string
	requests proxywasm.MetricCounter
	queue    uint32
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	configuration, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		proxywasm.LogCriticalf("no configuration: %v", err)
		return types.OnPluginStartStatusFailed
	}
	if string(configuration) == "refuse" {
		proxywasm.LogCritical("told to refuse")
		return types.OnPluginStartStatusFailed
	}
	p.greeting = string(configuration)
	p.requests = proxywasm.DefineCounterMetric("go.requests")
	if p.queue, err = proxywasm.RegisterSharedQueue("jobs"); err != nil {
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnQueueReady(queue uint32) {
	job, err := proxywasm.DequeueSharedQueue(queue)
	if err == nil {
		proxywasm.LogWarnf("job %s", job)
	}
}

// A plugin serves requests or connections; the SDK asks for the former first.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.greeting == "connections" {
		return nil
	}
	return &stream{plugin: p}
}

func (p *plugin) NewTcpContext(uint32) types.TcpContext { return &connection{plugin: p} }

type connection struct {
	types.DefaultTcpContext
	plugin *plugin
	trace  []byte
}

func (c *connection) note(text string) { c.trace = append(append(c.trace, text...), ' ') }

func (c *connection) OnNewConnection() types.Action {
	c.plugin.requests.Increment(1)
	c.note("new")
	return types.ActionContinue
}

func (c *connection) OnDownstreamData(size int, end bool) types.Action {
	c.note("down")
	data, err := proxywasm.GetDownstreamData(0, size)
	if err != nil && err != types.ErrorStatusNotFound {
		proxywasm.LogErrorf("downstream data: %v", err)
	}
	switch {
	case bytes.Equal(data, []byte("wait")):
		return types.ActionPause
	case bytes.Equal(data, []byte("bye")):
		_ = proxywasm.CloseDownstream()
	case size > 0:
		_ = proxywasm.ReplaceDownstreamData(bytes.ToUpper(data))
	}
	return types.ActionContinue
}

func (c *connection) OnUpstreamData(size int, end bool) types.Action {
	c.note("up")
	if size > 0 {
		_ = proxywasm.PrependUpstreamData([]byte("go:"))
	}
	return types.ActionContinue
}

func (c *connection) OnUpstreamClose(types.PeerType) { c.note("upstream-close") }

func (c *connection) OnDownstreamClose(peer types.PeerType) {
	c.note("close" + strconv.Itoa(int(peer)))
}

func (c *connection) OnStreamDone() { proxywasm.LogWarnf("%sdone", c.trace) }

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
	shouts bool
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	s.plugin.requests.Increment(1)
	path, _ := proxywasm.GetHttpRequestHeader(":path")
	_ = proxywasm.AddHttpRequestHeader("x-greeting", s.plugin.greeting)
	if method, err := proxywasm.GetProperty([]string{"request", "method"}); err == nil {
		_ = proxywasm.AddHttpRequestHeader("x-method", string(method))
	}
	switch path {
	case "/deny":
		_ = proxywasm.SendHttpResponse(403, [][2]string{{"x-by", "go"}}, []byte("denied"), -1)
		return types.ActionPause
	case "/verify":
		return s.verify()
	case "/count":
		return s.count()
	case "/job":
		if err := proxywasm.EnqueueSharedQueue(s.plugin.queue, []byte("of "+path)); err != nil {
			proxywasm.LogErrorf("enqueue: %v", err)
		}
	case "/shout":
		s.shouts = true
		_ = proxywasm.RemoveHttpRequestHeader("content-length")
	case "/panic":
		panic("told to")
	}
	return types.ActionContinue
}

func (s *stream) verify() types.Action {
	headers := [][2]string{{":method", "GET"}, {":path", "/who"}, {":authority", "auth.test"}}
	_, err := proxywasm.DispatchHttpCall("auth", headers, nil, nil, 1000, s.onVerified)
	if err != nil {
		proxywasm.LogErrorf("dispatch: %v", err)
		return types.ActionContinue
	}
	return types.ActionPause
}

func (s *stream) onVerified(numHeaders, bodySize, numTrailers int) {
	headers, _ := proxywasm.GetHttpCallResponseHeaders()
	body, _ := proxywasm.GetHttpCallResponseBody(0, bodySize)
	for _, header := range headers {
		if header[0] == ":status" && header[1] == "200" {
			_ = proxywasm.ReplaceHttpRequestHeader("x-user", string(body))
			_ = proxywasm.ResumeHttpRequest()
			return
		}
	}
	_ = proxywasm.SendHttpResponse(401, nil, nil, -1)
}

func (s *stream) count() types.Action {
	value, cas, err := proxywasm.GetSharedData("count")
	count := uint64(0)
	if err == nil {
		count = binary.LittleEndian.Uint64(value)
	}
	next := binary.LittleEndian.AppendUint64(nil, count+1)
	if err := proxywasm.SetSharedData("count", next, cas); err != nil {
		proxywasm.LogErrorf("set shared data: %v", err)
	}
	_ = proxywasm.AddHttpRequestHeader("x-count", strconv.FormatUint(count+1, 10))
	return types.ActionContinue
}

func (s *stream) OnHttpRequestBody(size int, end bool) types.Action {
	if !s.shouts {
		return types.ActionContinue
	}
	if !end {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	if err != nil {
		proxywasm.LogErrorf("body: %v", err)
		return types.ActionContinue
	}
	_ = proxywasm.ReplaceHttpRequestBody(bytes.ToUpper(body))
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.AddHttpResponseHeader("x-seen", "go")
	return types.ActionContinue
}
