/** What a replay did otherwise than the recording: outcomes, not the way there. */
import { MASKED } from '../../tap/secrets.ts'
import type { AttemptJson, HeaderJson, MessageJson, TraceJson } from '../../tap/trace-json.ts'
import type { HeaderList, UpstreamRequest } from '../messages.ts'
import type { TestResponse } from '../test-stream.ts'
import { bodyBuffer, firstValues, regularHeaders } from './recorded-message.ts'

/** Headers that differ from run to run, that only a wire has, or that only the router writes. */
const VOLATILE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-envoy-attempt-count',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-internal',
  'x-envoy-upstream-service-time',
  'x-request-id',
])

/** Longer texts are cut. */
const MAX_SHOWN = 200

interface MadeCallout {
  readonly request: UpstreamRequest
  readonly recorded: AttemptJson | null
}

/** One line per difference; empty = the filters did the same. */
export function compareReplay(recorded: TraceJson, response: TestResponse, callouts: readonly MadeCallout[]): string[] {
  const differences = new Differences()
  const hadResponse = recorded.response.headers !== undefined
  differences.add('response.status', hadResponse ? recorded.response_code : 0, response.status)
  differences.add('details', recorded.response_code_details, response.details)
  differences.add('flags', recorded.response_flags, response.flags)
  differences.addMessage('response', recorded.response, response.headers, response.body, response.trailers)
  compareUpstream(differences, recorded, response.upstream.at(-1))
  for (const [index, { request, recorded: then }] of callouts.entries()) {
    const place = `callouts.${index}`
    if (then === null) differences.add(place, 'no such request', `${request.method} ${request.path} at ${request.cluster}`)
    else compareRequest(differences, place, then, request)
  }
  const made = new Set(callouts.map(({ recorded: then }) => then))
  for (const then of recorded.callouts) {
    if (!made.has(then))
      differences.add('callouts', `${firstValues(then.request).get(':path')} at ${then.cluster}`, 'no such request')
  }
  return differences.lines
}

function compareUpstream(differences: Differences, { upstream }: TraceJson, seen: UpstreamRequest | undefined): void {
  const then = upstream.at(-1)
  if (then !== undefined && seen !== undefined) return compareRequest(differences, 'upstream', then, seen)
  differences.add('upstream', then === undefined ? 'no request' : 'a request', seen === undefined ? 'no request' : 'a request')
}

function compareRequest(differences: Differences, place: string, { cluster, request }: AttemptJson, seen: UpstreamRequest): void {
  const fields = firstValues(request)
  differences.add(`${place}.cluster`, cluster, seen.cluster)
  differences.add(`${place}.method`, fields.get(':method'), seen.method)
  differences.add(`${place}.path`, fields.get(':path'), seen.path)
  differences.add(`${place}.headers.host`, fields.get(':authority'), seen.header('host'))
  differences.addMessage(
    place,
    request,
    seen.headers.filter(([name]) => name !== 'host'),
    seen.body,
    seen.trailers,
  )
}

class Differences {
  readonly lines: string[] = []

  add(place: string, recorded: unknown, replayed: unknown): void {
    if (recorded !== replayed) this.lines.push(`${place}: recorded ${show(recorded)}, replayed ${show(replayed)}`)
  }

  addMessage(place: string, recorded: MessageJson, headers: HeaderList, body: Buffer, trailers: HeaderList): void {
    this.#addHeaders(`${place}.headers`, regularHeaders(recorded), headers)
    this.#addBody(`${place}.body`, recorded, body)
    this.#addHeaders(`${place}.trailers`, (recorded.trailers ?? []).map(pairOf), trailers)
  }

  #addHeaders(place: string, recorded: HeaderList, replayed: HeaderList): void {
    const names = new Set([...recorded, ...replayed].map(([name]) => name).filter((name) => !VOLATILE.has(name)))
    for (const name of names) {
      const [then, now] = [valuesOf(recorded, name), valuesOf(replayed, name)]
      // What was hidden is known to have been there.
      const isHidden = then !== undefined && then.includes(MASKED) && now !== undefined
      if (!isHidden) this.add(`${place}.${name}`, then, now)
    }
  }

  /** Of a body that was cut the beginning counts. */
  #addBody(place: string, { body }: MessageJson, replayed: Buffer): void {
    const recorded = bodyBuffer(body)
    const seen = body?.truncated === true ? replayed.subarray(0, recorded.length) : replayed
    this.add(place, recorded.latin1Slice(), seen.latin1Slice())
  }
}

function pairOf({ key, value }: HeaderJson): readonly [string, string] {
  return [key, value]
}

/** All values in order; undefined = there is no such header. */
function valuesOf(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([key]) => key === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}
