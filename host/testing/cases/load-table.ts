/** Loads case tables: YAML, checked against schema.json and the rules that a schema cannot say, defaults merged. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, isNode, parseDocument, type Document } from 'yaml'
import { parseDuration } from '../duration.ts'
import { checkSchema, type SchemaFault } from '../../util/json-schema.ts'
import { TokenMint, type RawToken } from './tokens.ts'
import type {
  Callouts,
  Case,
  ConnectionStep,
  ExpectedMetric,
  ExpectedSeries,
  RequestStep,
  Step,
  Table,
  TableCluster,
} from './table.ts'

/** The time, in milliseconds, that a case may really wait on sockets. */
const REAL_TIME_LIMIT = 2000

/** The written form, after the schema has been checked. */
interface RawOptions {
  readonly allow_on_headers_stop_iteration?: boolean
  readonly failure_policy?: Case['failurePolicy']
  readonly routes?: readonly object[]
  readonly before?: readonly RawFilter[]
  readonly after?: readonly RawFilter[]
  readonly http?: object
  readonly tcp?: object
  readonly plugin?: object
  readonly vm?: object
}
type RawConfig = object | string | null | undefined
interface RawFilter {
  readonly filter: string
  readonly config?: RawConfig
}
interface RawStep {
  readonly request?: RequestStep | null
  readonly connection?: ConnectionStep
  readonly parallel?: readonly RequestStep[]
  readonly advance?: string
  readonly metrics?: Readonly<Record<string, ExpectedMetric>>
  readonly stats?: Readonly<Record<string, number>>
  readonly prometheus?: readonly ExpectedSeries[]
  readonly logs?: readonly string[]
  readonly silent?: readonly string[]
  readonly callouts?: Callouts
}
interface RawCase {
  readonly id: string
  readonly title: string
  readonly config?: RawConfig
  readonly options?: RawOptions
  readonly configure?: 'refused'
  readonly logs?: readonly string[]
  readonly steps?: readonly RawStep[]
  readonly judges?: Case['skips']
}
interface RawTable {
  readonly filter: string
  readonly clusters?: Readonly<Record<string, Partial<TableCluster>>>
  readonly stats_tags?: readonly object[]
  readonly defaults?: { readonly config?: RawConfig; readonly options?: RawOptions }
  readonly secrets?: readonly string[]
  readonly keys?: Readonly<Record<string, string>>
  readonly tokens?: Readonly<Record<string, RawToken>>
  readonly cases: readonly RawCase[]
}

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'schema.json'), 'utf8')) as object
/** The cluster of connections. */
const PEER = 'peer'
const DEFAULT_ROUTES = [{ match: { prefix: '/' }, route: { cluster: 'up' } }]
const STEP_KINDS = ['request', 'connection', 'parallel', 'advance', 'metrics', 'stats', 'prometheus', 'logs', 'silent'] as const

/** Reads and checks a table; every fault is in the message of the one error, as `file:line:column: path: text`. */
export function loadTable(file: string): Table {
  return parseTable(readFileSync(file, 'utf8'), file)
}

/** {@link loadTable} for a text; `file` is for messages. */
export function parseTable(text: string, file: string): Table {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, merge: true })
  if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]!.message}`)
  const loadedAt = Date.now()
  // A table is its reader's own: it may repeat itself as much as it likes.
  const raw = document.toJS({ maxAliasCount: -1 }) as unknown
  const mint = mintOf(raw, loadedAt)
  const value = mint === null ? raw : mint.fill(raw)
  const faults = checkSchema(schema, value)
  if (faults.length === 0) faults.push(...checkRules(value as RawTable))
  if (faults.length > 0) throw new Error(faults.map((fault) => describeFault(file, document, lines, fault)).join('\n'))
  return buildTable(value as RawTable, file, loadedAt, mint)
}

/** Makes the tokens of a table; a table whose keys or tokens are wrong is left for the schema to refuse. */
function mintOf(value: unknown, loadedAt: number): TokenMint | null {
  const { keys, tokens = {} } = (value ?? {}) as RawTable
  if (keys === undefined || checkSchema(schema, value).length > 0) return null
  return new TokenMint(keys, tokens, Math.floor(loadedAt / 1000))
}

/** What a schema cannot say. */
function checkRules(table: RawTable): SchemaFault[] {
  const faults: SchemaFault[] = []
  const seen = new Set<string>()
  for (const [index, raw] of table.cases.entries()) {
    const path = ['cases', index]
    if (seen.has(raw.id)) faults.push({ path: [...path, 'id'], message: `seen ${raw.id} twice, wanted a unique id` })
    seen.add(raw.id)
    if ((raw.configure === undefined) === (raw.steps === undefined))
      faults.push({ path, message: 'wanted either steps or configure: refused' })
    if ((raw.configure === undefined) !== (raw.logs === undefined))
      faults.push({ path, message: 'wanted logs together with configure: refused (else as a step)' })
    const requests = requestsOf(raw.steps ?? [])
    if (requests.some(isSecure) && !requests.every(isSecure))
      faults.push({ path, message: 'seen requests with and without tls, wanted one kind: a case has one listener' })
    for (const [at, step] of (raw.steps ?? []).entries()) {
      const kinds = STEP_KINDS.filter((kind) => Object.hasOwn(step, kind))
      if (kinds.length !== 1)
        faults.push({
          path: [...path, 'steps', at],
          message: `seen ${kinds.join(' and ') || 'none'}, wanted one of ${STEP_KINDS.join(', ')}`,
        })
    }
  }
  return faults
}

function requestsOf(steps: readonly RawStep[]): RequestStep[] {
  return steps.flatMap(({ request, parallel = [] }) => (request === undefined ? parallel : [request ?? {}]))
}

function isSecure({ tls }: RequestStep): boolean {
  return tls !== undefined
}

function describeFault(file: string, document: Document, lines: LineCounter, fault: SchemaFault): string {
  let node: unknown = null
  for (let length = fault.path.length; length >= 0 && !isNode(node); length--)
    node = document.getIn(fault.path.slice(0, length), true)
  const { line, col } = isNode(node) && node.range ? lines.linePos(node.range[0]) : { line: 1, col: 1 }
  return `${file}:${line}:${col}: ${fault.path.join('.') || 'table'}: ${fault.message}`
}

function buildTable(raw: RawTable, file: string, loadedAt: number, mint: TokenMint | null): Table {
  const clusters: Record<string, TableCluster> = { up: { kind: 'upstream', http2: false, envoy: {} } }
  if (hasConnections(raw)) clusters[PEER] = { kind: 'tcp', http2: false, envoy: {} }
  for (const [name, cluster] of Object.entries(raw.clusters ?? {}))
    clusters[name] = { kind: cluster.kind ?? 'upstream', http2: cluster.http2 ?? false, envoy: cluster.envoy ?? {} }
  return {
    file,
    filter: raw.filter,
    clusters,
    statsTags: raw.stats_tags ?? [],
    loadedAt: raw.keys === undefined ? null : loadedAt,
    cases: raw.cases.map((one) => buildCase(raw, one, mint)),
  }
}

function buildCase(table: RawTable, raw: RawCase, mint: TokenMint | null): Case {
  const options: RawOptions = { ...table.defaults?.options, ...raw.options }
  const config = raw.config === undefined ? table.defaults?.config : raw.config
  const before = options.before ?? []
  const chain = [...before, { filter: table.filter, config }, ...(options.after ?? [])]
  const steps = (raw.steps ?? []).map(buildStep)
  return {
    id: raw.id,
    title: raw.title,
    chain: chain.map((one) => ({ filter: one.filter, config: configText(one.config) })),
    subject: before.length,
    failurePolicy: options.failure_policy ?? 'FAIL_CLOSED',
    allowOnHeadersStopIteration: options.allow_on_headers_stop_iteration ?? false,
    routes: options.routes ?? DEFAULT_ROUTES,
    isSecure: requestsOf(raw.steps ?? []).some(isSecure),
    http: options.http ?? {},
    tcp: steps.some((step) => step.kind === 'connection') ? { cluster: PEER, ...options.tcp } : null,
    plugin: options.plugin ?? {},
    vm: options.vm ?? {},
    refusedLogs: raw.configure === undefined ? null : raw.logs!,
    steps,
    secrets: table.secrets ?? [],
    mint,
    skips: skipsOf(steps, raw.judges ?? {}),
  }
}

function configText(config: RawConfig): string | null {
  if (config === undefined || config === null) return null
  return typeof config === 'string' ? config : JSON.stringify(config)
}

function buildStep(raw: RawStep): Step {
  const callouts = raw.callouts ?? {}
  if (raw.parallel !== undefined) return { kind: 'requests', requests: raw.parallel, callouts }
  if (raw.connection !== undefined) return { kind: 'connection', connection: raw.connection, callouts }
  if (raw.advance !== undefined) return { kind: 'advance', millis: parseDuration(raw.advance), callouts }
  if (raw.metrics !== undefined) return { kind: 'metrics', metrics: raw.metrics, callouts }
  if (raw.stats !== undefined) return { kind: 'stats', values: raw.stats, callouts }
  if (raw.prometheus !== undefined) return { kind: 'prometheus', lines: raw.prometheus, callouts }
  if (raw.logs !== undefined) return { kind: 'logs', texts: raw.logs, callouts }
  if (raw.silent !== undefined) return { kind: 'silent', texts: raw.silent, callouts }
  return { kind: 'requests', requests: [raw.request ?? {}], callouts }
}

/** Where the harness cannot run a case, it cannot on any engine. */
function skipsOf(steps: readonly Step[], named: Case['skips']): Case['skips'] {
  const { harness } = named
  return { ...clockSkips(steps), ...(harness === undefined ? {} : { wasmtime: harness }), ...named }
}

/** Judges on real time cannot wait for longer moves. */
function clockSkips(steps: readonly Step[]): Case['skips'] {
  let millis = 0
  for (const step of steps) {
    if (step.kind === 'advance') millis += step.millis
    if (step.kind === 'requests') millis += Math.max(...step.requests.map(waitOf))
    if (step.kind === 'connection') millis += waitIn(step.connection)
  }
  return millis > REAL_TIME_LIMIT ? { host: 'clock', envoy: 'clock' } : {}
}

function hasConnections(raw: RawTable): boolean {
  return raw.cases.some(({ steps = [] }) => steps.some((step) => step.connection !== undefined))
}

function waitIn({ script }: ConnectionStep): number {
  return script.reduce((sum, move) => sum + ('wait' in move ? parseDuration(move.wait) : 0), 0)
}

function waitOf(request: RequestStep): number {
  const waits = [request.upstream?.delay, request.expect?.took?.[0], request.abort_after]
  return Math.max(...waits.map((wait) => (wait === undefined ? 0 : parseDuration(wait))))
}
