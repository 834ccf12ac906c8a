/** A real Envoy as a child process with its files in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminText } from './admin.ts'
import { fetchEnvoy } from './envoy-binary.ts'
import { endWithThisProcess } from './lifeline.ts'
import { poll } from './poll.ts'

const START_LIMIT = 20_000
const STOP_LIMIT = 5000
/** Where Envoy writes the address of its admin interface. */
const ADMIN_FILE = 'admin-address'

export class EnvoyProcess {
  readonly folder: string
  #adminPort: number
  readonly #child: ChildProcess
  readonly #logFile: string

  private constructor(folder: string, adminPort: number, child: ChildProcess, logFile: string) {
    endWithThisProcess(child)
    this.folder = folder
    this.#adminPort = adminPort
    this.#child = child
    this.#logFile = logFile
  }

  /**
   * Starts Envoy and waits until it is live. `makeBootstrap` gets the folder, for file-based resources that the caller
   * writes there with {@link writeResource} before it returns. `adminPort` is the one the bootstrap names; 0 is found out.
   * `workers` is its concurrency, `prefix` a command that becomes the program behind it (`prlimit`, `unshare`).
   */
  static async start(
    adminPort: number,
    makeBootstrap: (folder: string) => Promise<object>,
    workers = 1,
    prefix: readonly string[] = [],
  ): Promise<EnvoyProcess> {
    const program = await fetchEnvoy()
    const folder = await mkdtemp(join(tmpdir(), 'sluice-envoy-'))
    await writeFile(join(folder, 'bootstrap.json'), JSON.stringify(await makeBootstrap(folder)))
    const logFile = join(folder, 'envoy.log')
    const log = openSync(logFile, 'w')
    const files = ['-c', join(folder, 'bootstrap.json'), '--admin-address-path', join(folder, ADMIN_FILE)]
    const [command, ...args] = [...prefix, program, ...FLAGS, '--concurrency', String(workers), ...files]
    const child = spawn(command!, args, { stdio: ['ignore', log, log] })
    closeSync(log)
    const envoy = new EnvoyProcess(folder, adminPort, child, logFile)
    await envoy.#waitUntilLive()
    return envoy
  }

  /** Everything logged so far, latin1. */
  log(): string {
    return readFileSync(this.#logFile, 'latin1')
  }

  get pid(): number {
    return this.#child.pid!
  }

  get adminPort(): number {
    return this.#adminPort
  }

  admin(path: string, method = 'GET'): Promise<string> {
    return adminText(this.#adminPort, path, method)
  }

  /** Ends the process and removes its folder; twice is harmless. Resolves with everything that was logged. */
  async stop(): Promise<string> {
    if (this.#isRunning) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT)
      await exited
      clearTimeout(timer)
    }
    const log = existsSync(this.#logFile) ? this.log() : ''
    await rm(this.folder, { recursive: true, force: true })
    return log
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #waitUntilLive(): Promise<void> {
    const ask = async (): Promise<string> => {
      if (!this.#isRunning) return 'exited'
      if (this.#adminPort === 0) this.#adminPort = readPort(join(this.folder, ADMIN_FILE))
      return this.#adminPort === 0 ? '' : this.admin('/ready').catch(() => '')
    }
    const state = await poll(ask, (answer) => answer.startsWith('LIVE') || answer === 'exited', START_LIMIT)
    if (state.startsWith('LIVE')) return
    const log = await this.stop()
    throw new Error(`Envoy did not start: ${log.split('\n').slice(-8).join('\n')}`)
  }
}

/** The port in a file with `ip:port`; 0 = not written yet. */
function readPort(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, 'latin1').split(':').at(-1)) : 0
}

/** Quick flushes: tests wait for log lines and compare counters. */
const FLAGS = (
  '--use-dynamic-base-id --file-flush-interval-msec 20 --drain-time-s 1 --parent-shutdown-time-s 2 ' +
  '--log-level info --component-log-level wasm:debug'
).split(' ')

/** Puts a file of resources (LDS, CDS) in place; Envoy watches for the rename. */
export async function writeResource(folder: string, name: string, resources: object): Promise<string> {
  const file = join(folder, name)
  await writeFile(`${file}.new`, JSON.stringify(resources))
  await rename(`${file}.new`, file)
  return file
}
