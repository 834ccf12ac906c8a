/**
 * Access-log files (hot): lines gather in memory and go to the file in whole lines, after 64 KiB, at each flush interval
 * and at the end, as Envoy's do (source/common/access_log/access_log_manager_impl.cc). Files are opened for appending,
 * so several workers write to one.
 */
import { close, closeSync, openSync, write } from 'node:fs'
import { promisify } from 'node:util'
import type { AccessLogConfig } from '../config/types.ts'
import { SluiceError } from '../errors.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import { fromByteString } from '../util/bytes.ts'
import type { Timer, Timers } from '../util/timers.ts'

export type AccessLogTarget = AccessLogConfig['target']

/** Bytes that are written without waiting for the interval. */
const FLUSH_BYTES = 64 * 1024
/** Bytes that may wait for a target that takes nothing; then new lines are lost and counted. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024
/** Pause before a full pipe is tried again, milliseconds. */
const RETRY_MILLIS = 10

const writeAsync = promisify(write)
const closeAsync = promisify(close)

/** The access logs of one thread: one per target, however many listeners name it. */
export class AccessLogSinks {
  readonly #timers: Timers
  readonly #stats: StatsStore
  readonly #interval: number
  readonly #sinks = new Map<string, BufferedAccessLog>()

  constructor(timers: Timers, stats: StatsStore, interval: number) {
    this.#timers = timers
    this.#stats = stats
    this.#interval = interval
  }

  /** The log for a target. Throws SLUICE_CONFIG_FILE when its file cannot be opened. */
  open(target: AccessLogTarget): BufferedAccessLog {
    const key = target.kind === 'file' ? `file:${target.path}` : target.kind
    let sink = this.#sinks.get(key)
    if (sink === undefined)
      this.#sinks.set(key, (sink = new BufferedAccessLog(target, this.#timers, this.#stats, this.#interval)))
    return sink
  }

  /** Opens files anew, for log rotation; where that fails the old file stays in use. */
  reopen(): void {
    for (const sink of this.#sinks.values()) sink.reopen()
  }

  /** Writes what waits now. */
  async flush(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.flush()))
  }

  /** Writes what waits and closes the files. */
  async stop(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.stop()))
    this.#sinks.clear()
  }
}

/** One target. */
export class BufferedAccessLog {
  readonly #target: AccessLogTarget
  readonly #timer: Timer
  readonly #interval: number
  readonly #completed: Counter
  readonly #failed: Counter
  readonly #reopenFailed: Counter
  readonly #lost: Counter
  #fd: number
  #text = ''
  #isArmed = false
  /** The running write; lines that come meanwhile follow it. */
  #writing: Promise<void> | null = null

  constructor(target: AccessLogTarget, timers: Timers, stats: StatsStore, interval: number) {
    this.#target = target
    this.#interval = interval
    this.#completed = stats.counter('filesystem.write_completed')
    this.#failed = stats.counter('filesystem.write_failed')
    this.#reopenFailed = stats.counter('filesystem.reopen_failed')
    this.#lost = stats.counter('filesystem.lines_dropped')
    this.#fd = openTarget(target)
    this.#timer = timers.create(() => this.#onInterval())
  }

  /** Takes one line, a byte string that ends with a newline. */
  write(line: string): void {
    if (this.#text.length > MAX_PENDING_BYTES) return this.#lost.add(1)
    this.#text += line
    if (this.#text.length >= FLUSH_BYTES && this.#writing === null) return void this.flush()
    if (this.#isArmed) return
    this.#isArmed = true
    this.#timer.arm(this.#interval)
  }

  /** Writes what waits; resolves when it is written, or lost with a count. */
  async flush(): Promise<void> {
    while (this.#text !== '' || this.#writing !== null) await (this.#writing ??= this.#writeAll())
  }

  reopen(): void {
    if (this.#target.kind !== 'file') return
    const old = this.#fd
    try {
      this.#fd = openTarget(this.#target)
    } catch {
      return this.#reopenFailed.add(1)
    }
    // A running write still uses the old file.
    if (this.#writing === null) closeSync(old)
    else void this.#writing.then(() => closeAsync(old))
  }

  async stop(): Promise<void> {
    this.#timer.stop()
    await this.flush()
    if (this.#target.kind === 'file') await closeAsync(this.#fd)
  }

  #onInterval(): void {
    this.#isArmed = false
    void this.flush()
  }

  async #writeAll(): Promise<void> {
    const [fd, bytes] = [this.#fd, fromByteString(this.#text)]
    this.#text = ''
    try {
      let done = 0
      while (done < bytes.length) done += await writeSome(fd, bytes, done)
      this.#completed.add(1)
    } catch {
      this.#failed.add(1)
    }
    this.#writing = null
  }
}

/** Bytes written; waits and says 0 when a pipe is full. */
async function writeSome(fd: number, bytes: Buffer, start: number): Promise<number> {
  try {
    return (await writeAsync(fd, bytes, start, bytes.length - start)).bytesWritten
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS))
    return 0
  }
}

function openTarget(target: AccessLogTarget): number {
  if (target.kind !== 'file') return target.kind === 'stdout' ? 1 : 2
  try {
    return openSync(target.path, 'a')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new SluiceError(
      'SLUICE_CONFIG_FILE',
      'Cannot open the access log',
      { path: target.path, seen: code ?? String(error), wanted: 'a file that can be written' },
      error,
    )
  }
}
