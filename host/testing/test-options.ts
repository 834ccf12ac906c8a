/** How a test host is made. */
import type { VmObserver } from '../plugin/observer.ts'
import type { LogLevel } from '../util/logger.ts'
import type { Coverage } from './coverage/coverage.ts'
import type { Faults } from './faults.ts'
import type { HostcallCoverage } from './hostcall-coverage.ts'
import type { GuestLine } from './log-book.ts'
import type { Upstream } from './messages.ts'
import type { StrictOptions } from './strict.ts'
import type { TestConfigOptions } from './test-config.ts'
import type { PropertyTexts } from './test-properties.ts'
import type { UpstreamScript } from './upstream-script.ts'

/** Only `filters` is needed. */
export interface TestHostOptions extends TestConfigOptions {
  /** Answers requests that bring no answer of their own, and callouts; default: 200 without a body. */
  readonly upstream?: Upstream | UpstreamScript
  /**
   * A test fails where the filter does what no answer shows: hostcalls that end with an error, errors in the log, traps …
   * (docs/TESTING.md). Default: false.
   */
  readonly strict?: boolean | StrictOptions
  /** What the clock shows at first, milliseconds since the Unix epoch; default 2026-01-01T00:00:00Z. */
  readonly startTime?: number
  /** IP literals of the names that guests look up; any other name does not exist. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  /**
   * Workers, each with its own VMs; they share data, queues and metrics, and take requests in turn. Beside them the plugins run in the
   * main thread, after a canary of each, as in the proxy; `services` run there only. Default: one thread for everything.
   */
  readonly workers?: number
  /** Seed of the randomness; default 1. */
  readonly seed?: number
  /** Level that the log keeps and guests see; default debug. */
  readonly logLevel?: LogLevel
  /** Told of each line that a guest logs, also while the host starts. */
  readonly onLog?: (line: GuestLine) => void
  /** Records every hostcall and callback; costs time. */
  readonly transcript?: boolean
  /** Failures of hostcalls and of the guest's allocator; while the host starts, too. */
  readonly faults?: Faults
  /** Counts hostcalls and their statuses. */
  readonly hostcalls?: HostcallCoverage
  /** Sees every callback and hostcall. */
  readonly observer?: VmObserver
  /** Foreign functions by name, beside Envoy's own: bytes of a result, or a status. */
  readonly foreignFunctions?: Readonly<Record<string, TestForeignFunction>>
  /** Properties (byte strings) by path with dots (`request.region`), before the host's own. */
  readonly properties?: PropertyTexts
  /** Counts what of the filters' sources runs; only on the engine `v8`. */
  readonly coverage?: Coverage
}

/** Takes the guest's argument; answers the bytes of a result, or a status without one. */
export type TestForeignFunction = (argument: Buffer) => Uint8Array | number
