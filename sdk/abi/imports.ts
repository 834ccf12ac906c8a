/**
 * The hostcalls of ABI 0.2.1 the SDK uses, in the order of the specification.
 *
 * Pointers and sizes are `usize`; every function returns a `Status`. "alloc" marks
 * calls that make the host call the module's `malloc` while they run. Unused
 * declarations leave no import behind, so a module imports only what it calls.
 */

/** Writes one line to the proxy's log. */
// @ts-ignore: decorator
@external("env", "proxy_log")
export declare function proxy_log(level: u32, message: usize, length: usize): u32;

/** Reads the log level of the proxy into `*level`. */
// @ts-ignore: decorator
@external("env", "proxy_get_log_level")
export declare function proxy_get_log_level(level: usize): u32;

/** Reads the wall clock, nanoseconds since the epoch, into `*time` (u64). */
// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(time: usize): u32;

/** Sets the period of the root context's timer; 0 stops it. */
// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: u32): u32;

/** Makes later hostcalls act on another context. */
// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(contextId: u32): u32;

/** Ends a root context whose `on_done` returned false. */
// @ts-ignore: decorator
@external("env", "proxy_done")
export declare function proxy_done(): u32;

/** alloc. Reads an attribute; segments of `path` are separated by NUL. */
// @ts-ignore: decorator
@external("env", "proxy_get_property")
export declare function proxy_get_property(
  path: usize, pathLength: usize, value: usize, valueLength: usize,
): u32;

/** Stores an attribute of the stream. */
// @ts-ignore: decorator
@external("env", "proxy_set_property")
export declare function proxy_set_property(
  path: usize, pathLength: usize, value: usize, valueLength: usize,
): u32;

/** alloc. Reads a range of a buffer. */
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(
  buffer: u32, start: u32, maxLength: u32, data: usize, dataLength: usize,
): u32;

/** Reads the length of a buffer. */
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_status")
export declare function proxy_get_buffer_status(buffer: u32, length: usize, flags: usize): u32;

/** Writes into a buffer; Envoy knows prepend, replace-prefix and append only. */
// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(
  buffer: u32, start: u32, length: u32, data: usize, dataLength: usize,
): u32;

/** alloc. Reads a whole header map in its wire form. */
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(map: u32, data: usize, dataLength: usize): u32;

/** alloc. Reads the first value of one name. */
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(
  map: u32, name: usize, nameLength: usize, value: usize, valueLength: usize,
): u32;

/** Adds one pair. */
// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(
  map: u32, name: usize, nameLength: usize, value: usize, valueLength: usize,
): u32;

/** Replaces all values of a name by one, or adds it. */
// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(
  map: u32, name: usize, nameLength: usize, value: usize, valueLength: usize,
): u32;

/** Removes all values of a name. */
// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(
  map: u32, name: usize, nameLength: usize,
): u32;

/** Resumes a paused direction of the stream. */
// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(stream: u32): u32;

/** Resets the stream without an answer. */
// @ts-ignore: decorator
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(stream: u32): u32;

/** Answers the client instead of the upstream. */
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(
  status: u32, details: usize, detailsLength: usize, body: usize, bodyLength: usize,
  headers: usize, headersLength: usize, grpcStatus: i32,
): u32;

/** Starts an HTTP call to a cluster; writes its token to `*token`. */
// @ts-ignore: decorator
@external("env", "proxy_http_call")
export declare function proxy_http_call(
  cluster: usize, clusterLength: usize, headers: usize, headersLength: usize,
  body: usize, bodyLength: usize, trailers: usize, trailersLength: usize,
  timeoutMs: u32, token: usize,
): u32;

/** alloc. Reads a value of the shared store and its compare-and-set version. */
// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
export declare function proxy_get_shared_data(
  key: usize, keyLength: usize, value: usize, valueLength: usize, cas: usize,
): u32;

/** Writes a value of the shared store; `cas` 0 writes unconditionally. */
// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
export declare function proxy_set_shared_data(
  key: usize, keyLength: usize, value: usize, valueLength: usize, cas: u32,
): u32;

/** Creates or takes over a queue. */
// @ts-ignore: decorator
@external("env", "proxy_register_shared_queue")
export declare function proxy_register_shared_queue(
  name: usize, nameLength: usize, queueId: usize,
): u32;

/** Finds a queue of another VM. */
// @ts-ignore: decorator
@external("env", "proxy_resolve_shared_queue")
export declare function proxy_resolve_shared_queue(
  vmId: usize, vmIdLength: usize, name: usize, nameLength: usize, queueId: usize,
): u32;

/** Appends an item to a queue. */
// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
export declare function proxy_enqueue_shared_queue(
  queueId: u32, data: usize, dataLength: usize,
): u32;

/** alloc. Takes the oldest item of a queue. */
// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
export declare function proxy_dequeue_shared_queue(
  queueId: u32, data: usize, dataLength: usize,
): u32;

/** Defines a metric; each call hands out another id for the same name. */
// @ts-ignore: decorator
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(
  kind: u32, name: usize, nameLength: usize, metricId: usize,
): u32;

/** Adds to a counter or gauge. */
// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(metricId: u32, delta: i64): u32;

/** Sets a gauge, records into a histogram. */
// @ts-ignore: decorator
@external("env", "proxy_record_metric")
export declare function proxy_record_metric(metricId: u32, value: i64): u32;

/** Reads a counter or gauge into `*value` (u64). */
// @ts-ignore: decorator
@external("env", "proxy_get_metric")
export declare function proxy_get_metric(metricId: u32, value: usize): u32;

/** alloc. Reads why a call failed: code to `*code`, text to `*message` and `*length`. */
// @ts-ignore: decorator
@external("env", "proxy_get_status")
export declare function proxy_get_status(code: usize, message: usize, length: usize): u32;

/** Starts a unary gRPC call; writes its token to `*token`. */
// @ts-ignore: decorator
@external("env", "proxy_grpc_call")
export declare function proxy_grpc_call(
  target: usize, targetLength: usize, service: usize, serviceLength: usize,
  method: usize, methodLength: usize, metadata: usize, metadataLength: usize,
  message: usize, messageLength: usize, timeoutMs: u32, token: usize,
): u32;

/** Opens a gRPC stream; writes its token to `*token`. */
// @ts-ignore: decorator
@external("env", "proxy_grpc_stream")
export declare function proxy_grpc_stream(
  target: usize, targetLength: usize, service: usize, serviceLength: usize,
  method: usize, methodLength: usize, metadata: usize, metadataLength: usize, token: usize,
): u32;

/** Sends a message on a gRPC stream. */
// @ts-ignore: decorator
@external("env", "proxy_grpc_send")
export declare function proxy_grpc_send(
  token: u32, message: usize, messageLength: usize, endOfStream: u32,
): u32;

/** Ends a gRPC call or stream at once. */
// @ts-ignore: decorator
@external("env", "proxy_grpc_cancel")
export declare function proxy_grpc_cancel(token: u32): u32;

/** Ends the sending half of a gRPC stream. */
// @ts-ignore: decorator
@external("env", "proxy_grpc_close")
export declare function proxy_grpc_close(token: u32): u32;

/** alloc. Calls a function that the proxy registers by name. */
// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(
  name: usize, nameLength: usize, argument: usize, argumentLength: usize,
  result: usize, resultLength: usize,
): u32;

/** Fills memory with random bytes (WASI, which hosts serve without a system behind it). */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(buffer: usize, length: usize): u32;

/** Number of variables of the VM's environment, and bytes of all of them (WASI). */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
export declare function environ_sizes_get(count: usize, bytes: usize): u32;

/** Writes where each variable begins, and the variables, `NAME=value` and a NUL each (WASI). */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
export declare function environ_get(places: usize, variables: usize): u32;
