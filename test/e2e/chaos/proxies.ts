/** The host and a real Envoy as processes of their own, with one configuration: what happens to a process happens to them alone. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminText } from '../../support/admin.ts'
import { ChildProgram } from '../../support/child-program.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { address, bootstrap, type Choices } from '../host/setup.ts'

export const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
const START_LIMIT = 20_000
const { reason } = await fetchOrReason(fetchEnvoy)

export interface StartOptions {
  readonly choices: Choices
  readonly workers?: number
  /** A command that becomes the proxy behind it (`prlimit`, `unshare`). */
  readonly prefix?: readonly string[]
  /** Of Node; Envoy has none. */
  readonly nodeFlags?: readonly string[]
  /** Of `sluice run` only. */
  readonly flags?: readonly string[]
  readonly bootstrap?: object
}

interface Program {
  readonly pid: number
  output(): string
  stop(): Promise<unknown>
}

export interface ChaosKind {
  readonly name: 'sluice' | 'envoy'
  /** Why it cannot be run here; '' = it can. */
  readonly missing: string
}

export const KINDS: readonly ChaosKind[] = [
  { name: 'sluice', missing: '' },
  { name: 'envoy', missing: reason },
]

/** A running proxy with the listener `main`, an admin interface, and an access log of status, flags and details. */
export class ChaosProxy {
  readonly port: number
  readonly #adminPort: number
  readonly #folder: string
  readonly #program: Program

  private constructor(port: number, adminPort: number, folder: string, program: Program) {
    this.port = port
    this.#adminPort = adminPort
    this.#folder = folder
    this.#program = program
  }

  static async start(kind: ChaosKind, options: StartOptions): Promise<ChaosProxy> {
    const [port, adminPort] = (await freePorts(2)) as [number, number]
    const folder = await mkdtemp(join(tmpdir(), 'sluice-chaos-'))
    const { workers = 1, prefix = [], nodeFlags = [], flags = [] } = options
    const config = { ...configOf(options.choices, port, adminPort, logIn(folder)), ...options.bootstrap }
    const program =
      kind.name === 'envoy'
        ? await startEnvoy(config, adminPort, workers, prefix)
        : await startSluice(config, folder, adminPort, ['--concurrency', String(workers), ...flags], prefix, nodeFlags)
    return new ChaosProxy(port, adminPort, folder, program)
  }

  get pid(): number {
    return this.#program.pid
  }

  /** What the process has logged so far. */
  output(): string {
    return this.#program.output()
  }

  admin(path: string, method = 'GET'): Promise<string> {
    return adminText(this.#adminPort, path, method)
  }

  /** Value of a counter or gauge; NaN = there is none. */
  async stat(name: string): Promise<number> {
    const text = await this.admin(`/stats?filter=^${name.replaceAll('.', '\\.')}$`)
    return Number(/: (\d+)/.exec(text)?.[1])
  }

  /** Status, flags and details in the access log of the requests for a path so far. */
  async log(path: string): Promise<string[]> {
    const text = await readFile(logIn(this.#folder), 'latin1').catch(() => '')
    const lines = text.split('\n').filter((line) => line.startsWith(`${path} `))
    return lines.map((line) => line.slice(path.length + 1))
  }

  async stop(): Promise<void> {
    await this.#program.stop()
    await rm(this.#folder, { recursive: true })
  }
}

async function startEnvoy(config: object, adminPort: number, workers: number, prefix: readonly string[]): Promise<Program> {
  const envoy = await EnvoyProcess.start(adminPort, async () => config, workers, prefix)
  return { pid: envoy.pid, output: () => envoy.log(), stop: () => envoy.stop() }
}

async function startSluice(
  config: object,
  folder: string,
  adminPort: number,
  flags: readonly string[],
  prefix: readonly string[],
  nodeFlags: readonly string[],
): Promise<Program> {
  const file = join(folder, 'envoy.json')
  await writeFile(file, JSON.stringify(config))
  const run = ['run', '-c', file, '-l', 'warning', '--file-flush-interval-msec', '20', '--drain-time-s', '1', ...flags]
  const [command, ...args] = [...prefix, process.execPath, ...nodeFlags, MAIN, ...run]
  const program = await ChildProgram.listening(command!, args, adminPort)
  const output = await poll(
    () => program.output,
    (text) => text.includes('ready: '),
    START_LIMIT,
  )
  if (!output.includes('ready: ')) throw new Error(`the host is not ready: ${output}`)
  return { pid: program.pid, output: () => program.output, stop: () => program.stop() }
}

function configOf(choices: Choices, port: number, adminPort: number, log: string): object {
  const target = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', path: log }
  const format = {
    text_format_source: { inline_string: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n' },
  }
  const accessLog = [{ name: 'log', typed_config: { ...target, log_format: format } }]
  const listener = { address: address(port), ...choices.listener }
  const http = { access_log: accessLog, ...choices.http }
  return { ...bootstrap({ ...choices, listener, http }), admin: { address: address(adminPort) } }
}

function logIn(folder: string): string {
  return join(folder, 'access.log')
}
