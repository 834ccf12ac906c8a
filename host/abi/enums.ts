/** Numbers of the Proxy-Wasm ABI 0.2.1 (proxy-wasm/spec, abi-versions/v0.2.1) and of proxy-wasm-cpp-host where it knows more. */

/** What a hostcall returns. */
export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  SerializationFailure: 3,
  ParseFailure: 4,
  InvalidMemoryAccess: 6,
  Empty: 7,
  CasMismatch: 8,
  InternalFailure: 10,
  /** Only as an answer of `proxy_get_status`: the callout was reset. */
  BrokenConnection: 11,
  Unimplemented: 12,
} as const

export type Status = (typeof Status)[keyof typeof Status]

/** Highest level that `proxy_log` takes (critical); the levels themselves are `LOG_LEVELS` of util/logger. */
export const MAX_LOG_LEVEL = 5

export const BufferType = {
  HttpRequestBody: 0,
  HttpResponseBody: 1,
  DownstreamData: 2,
  UpstreamData: 3,
  HttpCallResponseBody: 4,
  GrpcCallMessage: 5,
  VmConfiguration: 6,
  PluginConfiguration: 7,
  ForeignFunctionArguments: 8,
} as const

export const MapType = {
  HttpRequestHeaders: 0,
  HttpRequestTrailers: 1,
  HttpResponseHeaders: 2,
  HttpResponseTrailers: 3,
  GrpcCallInitialMetadata: 4,
  GrpcCallTrailingMetadata: 5,
  HttpCallResponseHeaders: 6,
  HttpCallResponseTrailers: 7,
} as const

export const StreamType = {
  HttpRequest: 0,
  HttpResponse: 1,
  Downstream: 2,
  Upstream: 3,
} as const

export type StreamType = (typeof StreamType)[keyof typeof StreamType]

export const MetricType = {
  Counter: 0,
  Gauge: 1,
  Histogram: 2,
} as const

/**
 * What a stream context answers to the chain: the guest's action in Envoy's terms (proxy-wasm-cpp-host context.cc,
 * `convertVmCallResult…`), or that the VM failed. Numbers are those of the callback's own group.
 */
export const HeadersAction = {
  /** The VM failed: answer 503 `wasm_fail_stream`, or reset once the response has started. */
  Failed: -1,
  Continue: 0,
  /** Hold the headers, go on with body callbacks; only with `allow_on_headers_stop_iteration`. */
  StopIteration: 1,
  /** Hold everything, no callbacks, until `continueStream`; buffer over the limit is refused. */
  StopAllIterationAndBuffer: 3,
  /** Hold everything, no callbacks, until `continueStream`; flow control instead of a limit. */
  StopAllIterationAndWatermark: 4,
} as const

export const BodyAction = {
  Failed: -1,
  Continue: 0,
  /** Keep the bytes; the next callback sees all that were kept. */
  StopIterationAndBuffer: 1,
  /** Keep the bytes under flow control; the next callback sees only its own. */
  StopIterationAndWatermark: 2,
  /** Forget the bytes. */
  StopIterationNoBuffer: 3,
} as const

export const TrailersAction = {
  Failed: -1,
  Continue: 0,
  StopIteration: 1,
} as const

/** Of a connection's callbacks; bytes that are stopped stay where they are, and the next callback sees them again. */
export const TcpAction = {
  /** The VM failed: the connection is closed. */
  Failed: -1,
  Continue: 0,
  StopIteration: 1,
} as const

/** Who ended a connection, as close callbacks are told. */
export const PeerType = {
  Unknown: 0,
  Local: 1,
  Remote: 2,
} as const

export type PeerType = (typeof PeerType)[keyof typeof PeerType]

/** Errno of WASI preview 1 as far as the host answers with them. */
export const WasiErrno = {
  Success: 0,
  BadFile: 8,
  NotDirectory: 20,
  Fault: 21,
  Invalid: 28,
  NoEntry: 44,
  NotImplemented: 52,
  NotSupported: 58,
  NotCapable: 76,
} as const
