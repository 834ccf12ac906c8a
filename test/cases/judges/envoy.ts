/** The judge whose word counts: a real Envoy, one process per table. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvoyProcess, writeResource } from '../../support/envoy.ts'
import { ENVOY_VERSION, fetchEnvoy } from '../../support/envoy-binary.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { Captures } from '../../../host/testing/cases/captures.ts'
import type { CaseJudge, Observation, Session } from '../../../host/testing/cases/observation.ts'
import type { Case, Table } from '../../../host/testing/cases/table.ts'
import { runOnSockets, type SocketProxy } from './socket-case.ts'
import { bootstrapOf, listenerOf, suiteModule, vmIdOf, type ModulePath } from './socket-config.ts'
import { SocketTls } from './socket-tls.ts'
import { SocketUpstreams } from './socket-upstreams.ts'

/** The judge for modules found by `modules`. */
export function envoyJudge(modules: ModulePath = suiteModule): CaseJudge {
  return { name: 'envoy', unavailable: missingEnvoy, open: (table) => EnvoySession.open(table, modules) }
}

async function missingEnvoy(): Promise<string | null> {
  try {
    await fetchEnvoy()
    return null
  } catch (error) {
    return `no Envoy ${ENVOY_VERSION}: ${(error as Error).message}`
  }
}

const LOAD_LIMIT = 30_000
/** Envoy publishes histograms at each flush of its statistics. */
const FLUSH_MILLIS = 20

class EnvoySession implements Session {
  readonly slackMillis = 1500
  readonly #table: Table
  readonly #envoy: EnvoyProcess
  readonly #upstreams: SocketUpstreams
  readonly #tls: SocketTls | null
  readonly #ports: ReadonlyMap<string, number>
  /** Name of a refused listener → why. */
  readonly #refusals: ReadonlyMap<string, string>

  private constructor(
    table: Table,
    envoy: EnvoyProcess,
    upstreams: SocketUpstreams,
    tls: SocketTls | null,
    ports: ReadonlyMap<string, number>,
    refusals: ReadonlyMap<string, string>,
  ) {
    this.#table = table
    this.#envoy = envoy
    this.#upstreams = upstreams
    this.#tls = tls
    this.#ports = ports
    this.#refusals = refusals
  }

  static async open(table: Table, modules: ModulePath): Promise<EnvoySession> {
    const upstreams = await SocketUpstreams.start(table)
    const tls = await SocketTls.start(table)
    const cases = table.cases.filter((one) => one.skips.envoy === undefined)
    const [adminPort, ...free] = await freePorts(cases.length + 1)
    const ports = new Map(cases.map((one, index) => [one.id, free[index]!]))
    let envoy: EnvoyProcess | null = null
    try {
      envoy = await EnvoyProcess.start(adminPort!, async (folder) => {
        const transportSocket = tls?.transportSocket ?? null
        const places = { clusters: upstreams.addresses, accessLog: join(folder, 'access.log'), transportSocket }
        const listeners = cases.map((one) => listenerOf(table, one, { ...places, listenerPort: ports.get(one.id)! }, modules))
        return { ...bootstrapOf(table, adminPort!, upstreams.clusters), ...(await dynamicListeners(folder, listeners)) }
      })
      return new EnvoySession(table, envoy, upstreams, tls, ports, await readRefusals(envoy, [...ports.keys()]))
    } catch (error) {
      await envoy?.stop()
      await upstreams.close()
      await tls?.close()
      throw error
    }
  }

  run(one: Case): Promise<Observation> {
    const refusal = this.#refusals.get(one.id)
    if (refusal === undefined) return runOnSockets(one, this.#proxyFor(one))
    const refusedLogs = [refusal, ...this.#guestLogs(one)]
    return Promise.resolve({
      refused: true,
      refusedLogs,
      steps: [],
      captures: new Captures(one.mint),
      stray: [],
      said: refusedLogs,
    })
  }

  async close(): Promise<void> {
    await this.#envoy.stop()
    await this.#upstreams.close()
    await this.#tls?.close()
  }

  #proxyFor(one: Case): SocketProxy {
    return {
      listenerPort: this.#ports.get(one.id)!,
      upstreams: this.#upstreams,
      tls: this.#tls,
      accessLog: () => readFileSync(join(this.#envoy.folder, 'access.log'), 'latin1'),
      guestLogs: () => this.#guestLogs(one),
      settleHistograms: () => sleep(3 * FLUSH_MILLIS),
      admin: (path) => this.#envoy.admin(path),
    }
  }

  /** Lines look like `… wasm log <plugin> <root_id> <vm_id>: text`, those of root contexts lack the plugin. */
  #guestLogs(one: Case): string[] {
    const mark = ` ${vmIdOf(this.#table, one)}: `
    const lines = this.#envoy
      .log()
      .split('\n')
      .filter((line) => line.includes(' wasm log ') && line.includes(mark))
    return lines.map((line) => line.slice(line.indexOf(mark) + mark.length))
  }
}

/** Listeners by file, so that a refused one leaves the others alone; the rest of what only Envoy's bootstrap needs. */
async function dynamicListeners(folder: string, listeners: readonly object[]): Promise<object> {
  const type = { '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener' }
  const path = await writeResource(folder, 'listeners.json', { resources: listeners.map((one) => ({ ...type, ...one })) })
  return {
    dynamic_resources: { lds_config: { resource_api_version: 'V3', path_config_source: { path } } },
    stats_flush_interval: `${FLUSH_MILLIS / 1000}s`,
  }
}

interface DynamicListener {
  readonly name: string
  readonly active_state?: object
  readonly error_state?: { readonly details: string }
}

/** Waits until Envoy has taken or refused every listener. */
async function readRefusals(envoy: EnvoyProcess, names: readonly string[]): Promise<Map<string, string>> {
  const ask = async (): Promise<DynamicListener[]> => {
    const dump = JSON.parse(await envoy.admin('/config_dump?resource=dynamic_listeners')) as { configs?: DynamicListener[] }
    return dump.configs ?? []
  }
  const isDecided = (listeners: readonly DynamicListener[]): boolean =>
    names.every((name) => listeners.some((one) => one.name === name && (one.active_state ?? one.error_state) !== undefined))
  const listeners = await poll(ask, isDecided, LOAD_LIMIT)
  if (!isDecided(listeners))
    throw new Error(`Envoy has not decided on every listener:\n${envoy.log().split('\n').slice(-10).join('\n')}`)
  return new Map(listeners.flatMap((one) => (one.error_state === undefined ? [] : [[one.name, one.error_state.details]])))
}
