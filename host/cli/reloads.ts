/** Gives a running host its configuration anew: at SIGHUP and, if asked to, when one of its files changes. */
import { isDeepStrictEqual } from 'node:util'
import type { ConfigText, Host } from '../index.ts'
import { watchFiles } from '../util/watch-files.ts'
import type { CommandOutput } from './output.ts'

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
  #host: Host | null = null
  #watched: readonly string[] = []
  /** Null = changes of files mean nothing. */
  #stopWatching: (() => void) | null = null

  /** Hears SIGHUP from now on: before there is a host it changes nothing, and would end the process by itself. */
  constructor(source: ConfigSource, output: CommandOutput) {
    this.#source = source
    this.#output = output
    process.on('SIGHUP', this.#onHangup)
  }

  /** Throws SLUICE_CONFIG_FILE when files cannot be watched. */
  start(host: Host, isWatching: boolean): void {
    this.#host = host
    if (isWatching) this.#watch(host)
  }

  stop(): void {
    process.off('SIGHUP', this.#onHangup)
    this.#host = null
    this.#stopWatching?.()
    this.#stopWatching = null
  }

  async #reload(): Promise<void> {
    const host = this.#host
    if (host === null) return
    try {
      await host.reload(this.#source.read())
      this.#followFiles(host)
      this.#output.note('reloaded')
    } catch (error) {
      this.#output.errors(error)
      this.#output.note('not reloaded: the host goes on as before')
    }
  }

  /** Another configuration may name other files; a watch of the same ones goes on, with what it has seen meanwhile. */
  #followFiles(host: Host): void {
    if (this.#stopWatching === null || isDeepStrictEqual(this.#watched, this.#filesOf(host))) return
    this.#stopWatching()
    this.#watch(host)
  }

  #watch(host: Host): void {
    this.#watched = this.#filesOf(host)
    this.#stopWatching = watchFiles(this.#watched, () => void this.#reload())
  }

  #filesOf(host: Host): readonly string[] {
    return [...this.#source.files, ...host.files]
  }
}
