/** Every limit that a guest can hit. */

/** Bytes of a pairs blob that the host decodes (proxy-wasm-cpp-host limits.h). */
export const MAX_PAIRS_BYTES = 1024 * 1024

/** Pairs in one blob (proxy-wasm-cpp-host limits.h). */
export const MAX_PAIRS = 1024

/** Bytes of one WASI `random_get` (proxy-wasm-cpp-host limits.h). */
export const MAX_RANDOM_BYTES = 64 * 1024

/** Frames of a trap's backtrace (proxy-wasm-cpp-host limits.h). */
export const MAX_TRAP_FRAMES = 20

/** Linear memory of a guest in pages: 1 GiB (proxy-wasm-cpp-host limits.h). */
export const DEFAULT_MEMORY_PAGES = 16384

/**
 * Hostcalls of one outermost callback, each counted by the work that it does: about 100 ms of the simplest ones. Code
 * between them spends gas, see {@link DEFAULT_GAS}.
 */
export const MAX_HOSTCALLS = 1_000_000

/** Bytes that hostcalls of one callback may take over from the guest; above: status 6, as for memory that is not there. */
export const MAX_TAKEN_BYTES = 64 * 1024 * 1024

/** Bytes of text that one callback may log. */
export const MAX_LOG_BYTES = 1024 * 1024

/** HTTP callouts of one plugin that wait for their answers, and the same for gRPC calls and streams. */
export const MAX_PENDING_CALLOUTS = 1024

/** Bytes of the bodies of a plugin's waiting HTTP callouts. */
export const MAX_PENDING_CALLOUT_BYTES = 64 * 1024 * 1024

/** Metrics with different names and types that one VM may define. */
export const MAX_METRICS = 4096

/** Ids of metrics: defining a metric again gives a new one as long as there are any, then an old one. */
export const MAX_METRIC_IDS = 65_536

/** Fields of a header map that a guest may fill, and the bytes of their names and values. */
export const MAX_MAP_FIELDS = 8192
export const MAX_MAP_BYTES = 16 * 1024 * 1024

/** Bytes of a body that a guest may make longer, and the pieces that it may be put together from. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024
export const MAX_BODY_PIECES = 8192

/** Bytes of names and values in the filter state of a stream. */
export const MAX_STATE_BYTES = 1024 * 1024

/** Bytes of a property's path. */
export const MAX_PATH_BYTES = 16 * 1024

/** Vectors of one WASI `fd_write` that hold something, as most systems have it (IOV_MAX). */
export const MAX_VECTORS = 1024

/** Elements of all tables of a guest together; V8 alone would allow ten million in each of a hundred thousand. */
export const MAX_TABLE_ELEMENTS = 1_000_000

/**
 * Ticks of one outermost callback. An empty loop spends a million in 0.7 ms and real code fewer, so this stops a
 * guest after about 100 ms of the cheapest work; see bench/micro/calibrate.ts for this machine's figure.
 */
export const DEFAULT_GAS = 140_000_000n

/** Look-ups of names that one plugin may wait for at once. Envoy has no limit. */
export const MAX_NAME_LOOKUPS = 1024

/** Timeouts and periods are signed 32-bit milliseconds in Envoy. */
export const MAX_MILLIS = 0x7fffffff

/** Bytes of one foreign function's `uncompress`: Envoy has no limit, so that a kilobyte can fill its memory. */
export const MAX_UNCOMPRESSED_BYTES = 64 * 1024 * 1024

/** Bytes of one expression of `expr_create`, and how many a plugin may keep. */
export const MAX_EXPRESSION_BYTES = 16 * 1024
export const MAX_EXPRESSIONS = 1024
