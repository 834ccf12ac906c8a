/** The one comparison of what a case wants with what a judge saw. Only what the case names is looked at. */
import { parseDuration } from '../duration.ts'
import { unframeGrpcMessages } from '../../http/grpc-decoder.ts'
import type { Exchange, Observation, SeenCallouts, SeenConnection, ArrivedRequest, StepObservation } from './observation.ts'
import { parseExposition, parseSeries, sumOf } from './prometheus.ts'
import { textBytes } from './text.ts'
import type {
  Callouts,
  Case,
  Expect,
  ExpectedBody,
  ExpectedConnection,
  ExpectedHeader,
  ExpectedHeaders,
  ExpectedSeries,
  ExpectedUpstream,
  Pair,
  RequestStep,
  Step,
} from './table.ts'

/** One comparison that was made; every judge makes the same ones, in the same order, for the same case. */
export interface Check {
  /** Where in the case: `steps.0.request.status`. */
  readonly place: string
  readonly wanted: string
  readonly seen: string
  readonly ok: boolean
}

/** Every comparison of the case. `slackMillis` is added to upper time limits. */
export function compareCase(one: Case, seen: Observation, slackMillis: number): Check[] {
  const checks = new Checks()
  const wanted = one.refusedLogs !== null ? 'refused' : 'accepted'
  checks.add(
    'configure',
    wanted,
    seen.refused ? `refused: ${seen.refusedLogs.join(' | ')}` : 'accepted',
    seen.refused === (wanted === 'refused'),
  )
  if (one.refusedLogs !== null) for (const text of one.refusedLogs) checks.logged('logs', text, seen.refusedLogs)
  for (const text of seen.captures.fillKnown(one.secrets)) checks.kept(text, seen.said)
  if (seen.refused) return checks.list
  for (const [index, step] of one.steps.entries())
    compareStep(checks, index, seen.captures.fill(step), seen.steps[index]!, slackMillis)
  checks.same('requests that belong to no step', '0', String(seen.stray.length) + seen.stray.map(describe).join(''))
  return checks.list
}

/** True when a step that reads state has seen what it wants; judges on real time ask again until it is. */
export function stepHolds(step: Step, seen: StepObservation): boolean {
  const checks = new Checks()
  compareStep(checks, 0, step, seen, 0)
  return checks.list.every((check) => check.ok)
}

class Checks {
  readonly list: Check[] = []

  add(place: string, wanted: string, seen: string, ok: boolean): void {
    this.list.push({ place, wanted, seen, ok })
  }

  same(place: string, wanted: string, seen: string): void {
    this.add(place, wanted, seen, wanted === seen)
  }

  notLogged(place: string, text: string, lines: readonly string[]): void {
    const found = lines.find((line) => line.includes(textBytes(text)))
    this.add(`${place} '${text}'`, 'no line with this text', found ?? 'none', found === undefined)
  }

  /** Nobody was told the text. */
  kept(text: string, said: readonly string[]): void {
    const place = `secret '${text}'`
    const told = said.find((one) => one.includes(textBytes(text)))
    if (told === undefined) return this.same(place, 'told nowhere', 'told nowhere')
    const at = told.indexOf(textBytes(text))
    this.same(place, 'told nowhere', told.slice(Math.max(0, at - 60), at + text.length + 60))
  }

  logged(place: string, text: string, lines: readonly string[]): void {
    const found = lines.find((line) => line.includes(textBytes(text)))
    this.add(
      `${place} '${text}'`,
      'a line with this text',
      found ?? `none in ${lines.length} lines: ${lines.slice(-5).join(' | ')}`,
      found !== undefined,
    )
  }
}

function compareStep(checks: Checks, index: number, step: Step, seen: StepObservation, slackMillis: number): void {
  const place = `steps.${index}`
  compareCallouts(checks, `${place}.callouts`, step.callouts, seen.callouts)
  if (step.kind === 'requests' && seen.kind === 'requests') {
    for (const [at, request] of step.requests.entries()) {
      const name = step.requests.length === 1 ? `${place}.request` : `${place}.parallel.${at}`
      compareExchange(checks, name, request, seen.exchanges[at]!, slackMillis)
    }
  }
  if (step.kind === 'connection' && seen.kind === 'connection') {
    compareConnection(checks, `${place}.connection`, step.connection.expect ?? {}, seen.connection)
  }
  if (step.kind === 'metrics' && seen.kind === 'metrics') {
    for (const [name, wanted] of Object.entries(step.metrics)) {
      const value = typeof wanted === 'number' ? wanted : wanted.count
      checks.same(`${place}.metrics.${name}`, String(value), String(seen.values[name] ?? 0))
    }
  }
  if (step.kind === 'stats' && seen.kind === 'stats') {
    for (const [name, value] of Object.entries(step.values))
      checks.same(`${place}.stats.${name}`, String(value), String(seen.values[name] ?? 0))
  }
  if (step.kind === 'prometheus' && seen.kind === 'prometheus') {
    for (const line of step.lines) comparePrometheus(checks, `${place}.prometheus`, line, seen.before, seen.now)
  }
  if (step.kind === 'logs' && seen.kind === 'logs')
    for (const text of step.texts) checks.logged(`${place}.logs`, text, seen.lines)
  if (step.kind === 'silent' && seen.kind === 'silent')
    for (const text of step.texts) checks.notLogged(`${place}.silent`, text, seen.lines)
}

function compareExchange(checks: Checks, place: string, request: RequestStep, seen: Exchange, slackMillis: number): void {
  const expect: Expect = request.expect ?? {}
  if (expect.status !== undefined) checks.same(`${place}.status`, String(expect.status), String(seen.status))
  if (!seen.aborted) checks.same(`${place}.reset`, String(expect.reset ?? false), String(seen.reset))
  compareHeaders(checks, `${place}.headers`, expect.headers, seen.headers)
  compareHeaders(checks, `${place}.trailers`, expect.trailers, seen.trailers)
  compareBody(checks, `${place}.body`, expect.body, seen.body)
  if (expect.details !== undefined) checks.same(`${place}.details`, expect.details, seen.details ?? '(no log line)')
  if (expect.flags !== undefined) checks.same(`${place}.flags`, expect.flags, seen.flags ?? '(no log line)')
  if (expect.took !== undefined) compareTime(checks, place, expect.took, seen.tookMillis, slackMillis)
  if (expect.upstream !== undefined) compareArrived(checks, `${place}.upstream`, expect.upstream, seen.upstream)
}

function compareConnection(checks: Checks, place: string, expect: ExpectedConnection, seen: SeenConnection): void {
  compareBody(checks, `${place}.client`, expect.client, seen.client)
  if (expect.upstream === null)
    checks.same(`${place}.upstream`, 'no connection', seen.upstream === null ? 'no connection' : 'connected')
  else compareBody(checks, `${place}.upstream`, expect.upstream, seen.upstream ?? '(no connection)')
  if (expect.client_end !== undefined) checks.same(`${place}.client_end`, expect.client_end, seen.clientEnd)
  if (expect.upstream_end !== undefined)
    checks.same(`${place}.upstream_end`, expect.upstream_end, seen.upstreamEnd ?? '(no connection)')
  if (expect.flags !== undefined) checks.same(`${place}.flags`, expect.flags, seen.flags ?? '(no log line)')
  if (expect.reason !== undefined) checks.same(`${place}.reason`, expect.reason, seen.reason ?? '(no log line)')
}

function compareTime(checks: Checks, place: string, took: readonly [string, string], millis: number, slackMillis: number): void {
  const [least, most] = took
  // Timers of a real clock are rounded to a millisecond, in either direction.
  const early = slackMillis === 0 ? 0 : 2
  const ok = millis >= parseDuration(least) - early && millis <= parseDuration(most) + slackMillis
  checks.add(`${place}.took`, `${least} to ${most}`, `${Math.round(millis)}ms`, ok)
}

function compareArrived(checks: Checks, place: string, wanted: 'none' | ExpectedUpstream, seen: readonly ArrivedRequest[]): void {
  if (wanted === 'none') return checks.add(place, 'none', seen.map(describe).join(', ') || 'none', seen.length === 0)
  const first = seen[0]
  checks.add(place, 'one request', seen.length === 1 ? 'one request' : `${seen.length} requests`, seen.length === 1)
  if (first !== undefined) compareRequest(checks, place, wanted, first)
}

function compareRequest(checks: Checks, place: string, wanted: ExpectedUpstream, seen: ArrivedRequest): void {
  if (wanted.cluster !== undefined) checks.same(`${place}.cluster`, wanted.cluster, seen.cluster)
  if (wanted.method !== undefined) checks.same(`${place}.method`, wanted.method, seen.method)
  if (wanted.path !== undefined) checks.same(`${place}.path`, wanted.path, seen.path)
  compareHeaders(checks, `${place}.headers`, wanted.headers, seen.headers)
  compareHeaders(checks, `${place}.trailers`, wanted.trailers, seen.trailers)
  compareBody(checks, `${place}.body`, wanted.body, seen.body)
  if (wanted.messages !== undefined)
    checks.same(
      `${place}.messages`,
      showAll(wanted.messages.map(textBytes)),
      showAll(unframeGrpcMessages(Buffer.from(seen.body, 'latin1')).map(String)),
    )
}

function compareCallouts(checks: Checks, place: string, wanted: Callouts, seen: SeenCallouts): void {
  for (const [cluster, scripted] of Object.entries(wanted)) {
    const made = seen[cluster] ?? []
    checks.same(`${place}.${cluster}`, `${scripted.length} calls`, `${made.length} calls`)
    for (const [index, { expect }] of scripted.entries()) {
      const call = made[index]
      if (expect !== undefined && call !== undefined) compareRequest(checks, `${place}.${cluster}.${index}`, expect, call)
    }
  }
}

function compareHeaders(checks: Checks, place: string, wanted: ExpectedHeaders | undefined, seen: readonly Pair[]): void {
  for (const [name, expected] of Object.entries(wanted ?? {})) {
    const values = seen.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value)
    const shown = values.length === 0 ? 'absent' : values.length === 1 ? show(values[0]!) : JSON.stringify(values)
    checks.add(`${place}.${name}`, showHeader(expected), shown, headerHolds(expected, values))
  }
}

function headerHolds(expected: ExpectedHeader, values: readonly string[]): boolean {
  if (expected === null) return values.length === 0
  if (typeof expected === 'string') return values.length === 1 && values[0] === textBytes(expected)
  if (isList(expected)) return values.length === expected.length && expected.every((value, at) => textBytes(value) === values[at])
  if (expected.contains !== undefined && !values.includes(textBytes(expected.contains))) return false
  return expected.matches === undefined || (values.length === 1 && new RegExp(expected.matches).test(values[0]!))
}

function showHeader(expected: ExpectedHeader): string {
  if (expected === null) return 'absent'
  if (typeof expected === 'string') return show(expected)
  if (isList(expected)) return JSON.stringify(expected)
  const parts = [
    expected.contains !== undefined ? `one of them ${show(expected.contains)}` : '',
    expected.matches !== undefined ? `/${expected.matches}/` : '',
  ]
  return parts.filter(Boolean).join(' and ')
}

function compareBody(checks: Checks, place: string, wanted: ExpectedBody | undefined, seen: string): void {
  if (wanted === undefined) return
  if (typeof wanted === 'object' && 'matches' in wanted)
    return checks.add(place, `/${wanted.matches}/`, show(seen), new RegExp(wanted.matches).test(seen))
  if (typeof wanted === 'object' && 'size' in wanted) return checks.same(place, `${wanted.size} bytes`, `${seen.length} bytes`)
  const text = textBytes(wanted)
  checks.add(place, show(text), show(seen), text === seen)
}

function comparePrometheus(checks: Checks, place: string, wanted: ExpectedSeries, before: string, now: string): void {
  const [old, current] = [parseExposition(before), parseExposition(now)]
  if (typeof wanted === 'string' && wanted.startsWith('#')) {
    const count = current.comments.filter((line) => line === wanted).length
    return checks.same(`${place} '${wanted}'`, 'once', count === 1 ? 'once' : `${count} times`)
  }
  const series = typeof wanted === 'string' ? parseSeries(wanted) : { labels: {}, ...wanted }
  if (series === null) throw new Error(`bad prometheus line: seen '${JSON.stringify(wanted)}', wanted name{label="value"} number`)
  const exact = typeof wanted === 'string'
  const value = sumOf(current, series.name, series.labels, exact) - sumOf(old, series.name, series.labels, exact)
  checks.same(`${place} '${series.name}${JSON.stringify(series.labels)}'`, String(series.value), String(value))
}

function isList(expected: NonNullable<ExpectedHeader>): expected is readonly string[] {
  return Array.isArray(expected)
}

function describe(request: ArrivedRequest): string {
  return ` ${request.method} ${request.path} at ${request.cluster}`
}

function showAll(texts: readonly string[]): string {
  return texts.map(show).join(', ')
}

function show(text: string): string {
  return text.length <= 120 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 80))}… (${text.length} bytes)`
}
