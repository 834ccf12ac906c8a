/** Strict reading of a plugin's configuration: every fault is refused with its path. */

export { ConfigReader } from "./config-reader";
export { isHeaderName, parseDecimal, parseDurationNanos, toMillis } from "./config-values";
export { ConfiguredRoot } from "./configured-root";
