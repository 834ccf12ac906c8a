/** The host judge: `createHost` in this process, its worker on real sockets; one host per table. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost, SluiceError, SluiceErrors, type EngineName, type Host, type LogRecord } from '../../../host/index.ts'
import { adminText } from '../../support/admin.ts'
import { missingEngine } from '../../support/engines.ts'
import { freePorts } from '../../support/ports.ts'
import { Captures } from '../../../host/testing/cases/captures.ts'
import type { CaseJudge, Observation, Session } from '../../../host/testing/cases/observation.ts'
import type { Case, Table } from '../../../host/testing/cases/table.ts'
import { runOnSockets, type SocketProxy } from './socket-case.ts'
import { bootstrapOf, listenerOf, suiteModule, vmIdOf, type ModulePath } from './socket-config.ts'
import { SocketTls } from './socket-tls.ts'
import { SocketUpstreams } from './socket-upstreams.ts'

/** The judge for modules found by `modules`. */
export function hostJudge(modules: ModulePath = suiteModule, engine: EngineName = 'v8'): CaseJudge {
  const open = (table: Table): Promise<Session> => HostSession.open(table, modules, engine)
  return { name: 'host', unavailable: () => Promise.resolve(missingEngine(engine)), open }
}

class HostSession implements Session {
  readonly slackMillis = 1500
  readonly #table: Table
  readonly #modules: ModulePath
  readonly #engine: EngineName
  readonly #folder: string
  readonly #upstreams: SocketUpstreams
  readonly #tls: SocketTls | null
  readonly #ports = new Map<string, number>()
  readonly #records: LogRecord[] = []
  /** Id of a refused case → why. */
  readonly #refusals = new Map<string, string>()
  #adminPort = 0
  #host: Host | null = null

  private constructor(
    table: Table,
    modules: ModulePath,
    engine: EngineName,
    folder: string,
    upstreams: SocketUpstreams,
    tls: SocketTls | null,
  ) {
    this.#table = table
    this.#modules = modules
    this.#engine = engine
    this.#folder = folder
    this.#upstreams = upstreams
    this.#tls = tls
  }

  static async open(table: Table, modules: ModulePath, engine: EngineName): Promise<HostSession> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-cases-'))
    const upstreams = await SocketUpstreams.start(table)
    const session = new HostSession(table, modules, engine, folder, upstreams, await SocketTls.start(table))
    const cases = table.cases.filter((one) => one.skips.host === undefined)
    const [adminPort, ...free] = await freePorts(cases.length + 1)
    session.#adminPort = adminPort!
    for (const [index, one] of cases.entries()) session.#ports.set(one.id, free[index]!)
    try {
      await session.#start(cases)
      return session
    } catch (error) {
      await session.close()
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
    await this.#host?.stop()
    await this.#upstreams.close()
    await this.#tls?.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A static configuration is refused as a whole, so cases that want a refusal are tried alone. */
  async #start(cases: readonly Case[]): Promise<void> {
    for (const one of cases) if (one.refusedLogs !== null) await this.#try(one)
    const rest = (): Case[] => cases.filter((one) => !this.#refusals.has(one.id))
    try {
      this.#host = await this.#create(rest())
    } catch (error) {
      if (!isRefusal(error)) throw error
      for (const one of rest()) await this.#try(one)
      this.#host = await this.#create(rest())
    }
  }

  /** Notes the refusal when the case alone is refused. */
  async #try(one: Case): Promise<void> {
    try {
      const host = await this.#create([one])
      await host.stop()
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.#refusals.set(one.id, String(error))
    }
  }

  #create(cases: readonly Case[]): Promise<Host> {
    const transportSocket = this.#tls?.transportSocket ?? null
    const places = { clusters: this.#upstreams.addresses, accessLog: this.#accessLog, transportSocket }
    const listeners = cases.map((one) =>
      listenerOf(this.#table, one, { ...places, listenerPort: this.#ports.get(one.id)! }, this.#modules),
    )
    return createHost({
      engine: this.#engine,
      config: bootstrapOf(this.#table, this.#adminPort, this.#upstreams.clusters, listeners),
      concurrency: 1,
      fileFlushInterval: 20,
      componentLogLevels: { wasm: 'debug' },
      onLog: (record) => this.#records.push(record),
    })
  }

  get #accessLog(): string {
    return join(this.#folder, 'access.log')
  }

  #proxyFor(one: Case): SocketProxy {
    return {
      listenerPort: this.#ports.get(one.id)!,
      upstreams: this.#upstreams,
      tls: this.#tls,
      accessLog: () => (existsSync(this.#accessLog) ? readFileSync(this.#accessLog, 'latin1') : ''),
      guestLogs: () => this.#guestLogs(one),
      settleHistograms: () => Promise.resolve(),
      admin: (path) => adminText(this.#adminPort, path),
    }
  }

  #guestLogs(one: Case): string[] {
    const mark = ` ${vmIdOf(this.#table, one)}: `
    const messages = this.#records
      .map((record) => record.message)
      .filter((text) => text.startsWith('wasm log ') && text.includes(mark))
    return messages.map((text) => Buffer.from(text.slice(text.indexOf(mark) + mark.length), 'utf8').latin1Slice())
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof SluiceError || error instanceof SluiceErrors
}
