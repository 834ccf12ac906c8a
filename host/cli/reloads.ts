/** Gives a running host its configuration anew: at SIGHUP and, if asked to, when one of its files changes. */
import { createHash } from 'node:crypto'
import { readFileSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import type { ConfigText, Host } from '../index.ts'
import type { CommandOutput } from './output.ts'

/** Editors and volumes change files in several steps; milliseconds. */
const QUIET = 100

/** Where the configuration comes from. */
export interface ConfigSource {
  /** Reads it now; throws as reading a file does. */
  read(): readonly ConfigText[]
  readonly files: readonly string[]
}

export class Reloads {
  readonly #source: ConfigSource
  readonly #output: CommandOutput
  readonly #onHangup = (): void => void this.#reload()
  readonly #watchers: FSWatcher[] = []
  #host: Host | null = null
  #timer: NodeJS.Timeout | null = null
  /** Of the contents of all files when they were looked at last. */
  #seen = ''

  /** Hears SIGHUP from now on: before there is a host it changes nothing, and would end the process by itself. */
  constructor(source: ConfigSource, output: CommandOutput) {
    this.#source = source
    this.#output = output
    process.on('SIGHUP', this.#onHangup)
  }

  start(host: Host, isWatching: boolean): void {
    this.#host = host
    if (isWatching) this.#watch()
  }

  stop(): void {
    process.off('SIGHUP', this.#onHangup)
    this.#host = null
    this.#unwatch()
  }

  async #reload(): Promise<void> {
    const host = this.#host
    if (host === null) return
    try {
      await host.reload(this.#source.read())
      this.#output.note('reloaded')
    } catch (error) {
      this.#output.errors(error)
      this.#output.note('not reloaded: the host goes on as before')
    }
    if (this.#watchers.length > 0) this.#watch()
  }

  /** Folders are watched, as files are replaced by others of their name; what else changes in them is not ours. */
  #watch(): void {
    this.#unwatch()
    this.#seen = this.#fingerprint()
    for (const folder of new Set(this.#files().map(dirname))) {
      this.#watchers.push(watch(folder, { persistent: false }, () => this.#onChange()).on('error', () => this.#onChange()))
    }
  }

  #unwatch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }

  #onChange(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#fingerprint() !== this.#seen) void this.#reload()
    }, QUIET)
  }

  #files(): string[] {
    return [...this.#source.files, ...(this.#host?.files ?? [])]
  }

  #fingerprint(): string {
    const hash = createHash('sha256')
    for (const file of this.#files()) hash.update(`${file}\0`).update(contentsOf(file))
    return hash.digest('hex')
  }
}

/** Empty for a file that is gone: reading the configuration says so. */
function contentsOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    return new Uint8Array(0)
  }
}
