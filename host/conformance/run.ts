/** Runs chapters on a host and makes rows of what came of them. */
import { randomUUID } from 'node:crypto'
import type { AbiVersion } from '../abi/version.ts'
import { playConnection, tellGuest } from './connections.ts'
import type { MountPoint } from './mounts.ts'
import type { KitPhase } from './phases.ts'
import type { Gate, JudgedHost, SeenAnswer, SeenRequest } from './judge.ts'
import type { Chapter, Field, KitAnswer, Scenario } from './scenario.ts'
import { encodeScript, parseResults, type CallbackResult } from './script-format.ts'
import { quote } from './script.ts'
import { guestRows, masked, NO_GUEST, scriptFor, type Row, type RowBase } from './rows.ts'

/** Makes the unique names of this run. */
const RUN = randomUUID().slice(0, 8)
/** Where the kit's own requests go. */
const CONTROL_PATH = '/kit'
/** Steps in which the end of a stream is waited for. */
const POLL_MILLIS = 10
const POLL_LIMIT = 100
const GATE_LIMIT = 20

/** Rows of a chapter for each of these versions. */
export async function runChapter(host: JudgedHost, chapter: Chapter, versions: readonly AbiVersion[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const version of versions) {
    for (const scenario of chapter.scenarios) {
      if (!scenario.versions.includes(version) || !host.has({ mount: scenario.mount, version })) continue
      rows.push(...(await runScenario(host, chapter.name, scenario, version)))
    }
  }
  return rows
}

async function runScenario(host: JudgedHost, chapter: string, scenario: Scenario, version: AbiVersion): Promise<Row[]> {
  const point = { mount: scenario.mount, version }
  const base = { chapter, scenario: scenario.id, version }
  const script = scriptFor(scenario, version, host.isReference)
  const control = (name: string, value: string): Promise<SeenAnswer> =>
    host.request(point, CONTROL_PATH, { headers: [[name, value]] }, open)
  if (scenario.mount === 'tcp') return runConnection(host, base, point, scenario, script)
  const read = async (): Promise<CallbackResult[]> => parseResults((await control('x-kit-read', 'stream')).body)
  host.script((path) => answerTo(scenario, path), gateFor(host, 'response_body', read))
  if (scenario.mount === 'start') return startRows(base, script, await control('x-kit-read', 'start'))
  const loaded = await load(host, () => control('x-kit-load', encodeScript(script, `${version}_${RUN}`)))
  if (loaded.status !== 200) return [noGuestRow(base, `${loaded.status} ${quote(loaded.body)}`)]
  const answers = [await host.request(point, `/${scenario.id}`, scenario.request, gateFor(host, 'request_body', read))]
  if (scenario.waitMillis > 0) await host.wait(scenario.waitMillis)
  const results = scenario.until === null ? [] : await readResults(host, scenario, read)
  for (let more = 0; more < scenario.followUps; more++) answers.push(await host.request(point, `/${scenario.id}`, {}, open))
  return [
    ...guestRows(base, script, results),
    ...answers.map((answer, at) => peerRow(base, numberedPlace('client', at), answerText(answer))),
    ...upstreamTexts(scenario, host.seen()).map((text, at) => peerRow(base, numberedPlace('upstream', at), text)),
  ]
}

/** The same over a connection: the guest is loaded and read by others. */
async function runConnection(
  host: JudgedHost,
  base: RowBase,
  point: MountPoint,
  scenario: Scenario,
  script: Scenario['script'],
): Promise<Row[]> {
  host.script((path) => answerTo(scenario, path), open)
  const loaded = await tellGuest(host, point, `load ${encodeScript(script, `${base.version}_${RUN}`)}`)
  if (loaded !== '') return [noGuestRow(base, loaded === null ? 'no answer' : quote(loaded))]
  const read = async (): Promise<CallbackResult[]> => parseResults((await tellGuest(host, point, 'read')) ?? '')
  const connection = await playConnection(host, point, scenario.connection, {
    client: gateFor(host, 'downstream_data', read),
    upstream: gateFor(host, 'upstream_data', read),
  })
  const results = await readResults(host, scenario, read)
  // The guest has heard of the end: so will the peers.
  await host.wait(POLL_MILLIS)
  const { client, upstream } = connection.end()
  return [
    ...guestRows(base, script, results),
    peerRow(base, 'client', client),
    peerRow(base, 'upstream', upstream ?? 'no connection'),
    ...upstreamTexts(scenario, host.seen()).map((text, at) => peerRow(base, numberedPlace('callout', at), text)),
  ]
}

/** The script ran when the guest started: here is nothing but its results. */
function startRows(base: RowBase, script: Scenario['script'], answer: SeenAnswer): Row[] {
  const results = parseResults(answer.body)
  return results.length === 0 ? [noGuestRow(base, `${answer.status} ${quote(answer.body)}`)] : guestRows(base, script, results)
}

/** Without its guest, a host has nothing to be judged by; `answer` is what came instead. */
function noGuestRow(base: RowBase, answer: string): Row {
  return peerRow(base, 'client', `${NO_GUEST}${answer}`)
}

/** A VM that the scenario before has killed is not back at once. */
async function load(host: JudgedHost, arm: () => Promise<SeenAnswer>): Promise<SeenAnswer> {
  for (let tries = 0; ; tries++) {
    const loaded = await arm()
    if (loaded.status !== 503 || tries === POLL_LIMIT) return loaded
    await host.wait(POLL_MILLIS)
  }
}

function numberedPlace(place: string, at: number): string {
  return at === 0 ? place : `${place} ${at + 1}`
}

type Read = () => Promise<CallbackResult[]>

/** Holds a chunk until the guest has been called for those before it; a guest that is not called has paused. */
function gateFor(host: JudgedHost, phase: KitPhase, read: Read): Gate {
  return async (sent) => {
    for (let tries = 0; tries < GATE_LIMIT; tries++) {
      await host.wait(POLL_MILLIS)
      if ((await read()).filter((result) => result.phase === phase).length >= sent) return
    }
  }
}

function open(): Promise<void> {
  return Promise.resolve()
}

/** Reads until the stream has ended, or it seems that it never will. */
async function readResults(host: JudgedHost, { until }: Scenario, read: Read): Promise<CallbackResult[]> {
  for (let tries = 0; ; tries++) {
    const results = await read()
    if (tries === POLL_LIMIT || results.some(({ phase }) => phase === until)) return results
    await host.wait(POLL_MILLIS)
  }
}

function answerTo({ upstream, callouts }: Scenario, path: string): KitAnswer {
  const callout = /^\/(?:callout|kit\.Service)\/([^/?]*)/.exec(path)
  return callout === null ? upstream : (callouts[callout[1]!] ?? {})
}

function peerRow(base: RowBase, place: string, result: string): Row {
  return { ...base, place, what: 'sees', result: masked(result), call: null, phase: null }
}

function answerText({ status, headers, body, trailers, reset }: SeenAnswer): string {
  if (status === 0) return 'no answer'
  return [String(status), fieldsText(headers), quote(body), fieldsText(trailers), reset ? 'reset' : ''].filter(Boolean).join(' ')
}

/** Requests of one stream and its callouts race each other; those of a stream that dies may or may not arrive. */
function upstreamTexts({ until, racesUpstream }: Scenario, seen: readonly SeenRequest[]): string[] {
  return until === null || racesUpstream ? [] : seen.map(requestText).toSorted()
}

function requestText({ method, path, headers, body, trailers }: SeenRequest): string {
  return [method, quote(path), fieldsText(headers), quote(body), fieldsText(trailers)].filter(Boolean).join(' ')
}

/** Fields that belong to the row: those that proxies and clients add of their own are left out. */
function fieldsText(fields: readonly Field[]): string {
  const own = fields.filter(([name]) => /^x-(?!envoy-|request-id|forwarded)|^grpc-/.test(name))
  return own.length === 0 ? '' : `[${own.map(([name, value]) => `${name}: ${quote(value)}`).join(', ')}]`
}
