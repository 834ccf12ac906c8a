/**
 * Recorded streams once more, in test hosts: the client sends what it sent, upstreams and callouts answer what they
 * answered, and what the filters make of it is compared with what they made of it then.
 *
 *     for (const { name, differences } of replay('recording.json')) …
 */
import type { AttemptJson, TraceJson } from '../../tap/trace-json.ts'
import type { UpstreamAnswer, UpstreamRequest } from '../messages.ts'
import { createTestHost } from '../test-host.ts'
import type { TestHostOptions } from '../test-options.ts'
import type { TestResponse, TestStream } from '../test-stream.ts'
import { compareReplay } from './compare-replay.ts'
import { recordedChain, type RecordedModules } from './recorded-chain.ts'
import { firstValues, recordedAnswer, recordedRequest } from './recorded-message.ts'
import { invalidRecording, readRecording, type Recording } from './recording.ts'

export interface ReplayOptions {
  /** Modules by plugin name; default: the files that the recording names, relative to the working folder. */
  readonly modules?: RecordedModules
  /** More options of the test host of each stream, such as an observer, `names` or `seed`. */
  readonly host?: Partial<TestHostOptions>
}

/** One stream that was replayed. */
export interface ReplayedStream {
  /** Number, method and path. */
  readonly name: string
  readonly recorded: TraceJson
  readonly response: TestResponse
  /** Each place where it went otherwise: `response.status: recorded 200, replayed 401`. */
  readonly differences: readonly string[]
}

/** Virtual time that a replay may take. */
const LIMIT = '1h'

/**
 * Every stream of the file (or of what was read from one) in a test host of its own, in order. Throws SluiceError for a
 * recording that cannot be replayed.
 */
export function replay(recording: string | Recording, options: ReplayOptions = {}): ReplayedStream[] {
  const file = typeof recording === 'string' ? recording : 'recording'
  const read = typeof recording === 'string' ? readRecording(recording) : recording
  return read.streams.map((stream, index) => {
    const fields = firstValues(stream.request)
    const name = `${index + 1}: ${fields.get(':method') ?? '?'} ${fields.get(':path') ?? '?'}`
    checkWhole(stream, `${file}, stream ${name}`)
    return { name, ...replayStream(read, stream, options, `${file}, stream ${name}`) }
  })
}

function replayStream(
  recording: Recording,
  recorded: TraceJson,
  { modules = {}, host: more = {} }: ReplayOptions,
  place: string,
): Omit<ReplayedStream, 'name'> {
  const script = new RecordedUpstream(recorded)
  const host = createTestHost({
    ...recordedChain(recording, recorded, modules, place),
    startTime: Date.parse(recorded.start_time),
    ...more,
    upstream: (request) => script.answer(request),
  })
  const connection = { remoteAddress: recorded.downstream.remote_address, localAddress: recorded.downstream.local_address }
  const stream = host.open({ ...recordedRequest(recorded.request), connection })
  runToEnd(stream, recorded, (millis) => host.clock.advanceUntil(() => stream.isDone, millis))
  const differences = compareReplay(recorded, stream.response, script.callouts)
  host.close()
  return { recorded, response: stream.response, differences }
}

/** A client that left leaves again, when it left. */
function runToEnd(stream: TestStream, recorded: TraceJson, advance: (time: string) => boolean): void {
  const hasLeft = recorded.response_flags.split(',').some((flag) => flag === 'DC' || flag === 'DR')
  if (hasLeft) advance(`${Math.ceil(recorded.duration_us / 1000)}ms`)
  else advance(LIMIT)
  stream.leave()
}

/** Answers requests of a stream and of its filters as they were answered then. */
class RecordedUpstream {
  /** Every callout that was made, with the recorded one that answered it. */
  readonly callouts: { readonly request: UpstreamRequest; readonly recorded: AttemptJson | null }[] = []
  readonly #attempt: AttemptJson | undefined
  readonly #waiting: AttemptJson[]

  /** Of several attempts the last one has the answer. */
  constructor({ upstream, callouts }: TraceJson) {
    this.#attempt = upstream.at(-1)
    this.#waiting = [...callouts]
  }

  answer(request: UpstreamRequest): UpstreamAnswer {
    if (!request.isCallout) return this.#attempt === undefined ? {} : recordedAnswer(this.#attempt)
    const at = this.#waiting.findIndex(
      ({ cluster, request: then }) => cluster === request.cluster && firstValues(then).get(':path') === request.path,
    )
    const recorded = at < 0 ? null : this.#waiting.splice(at, 1)[0]!
    this.callouts.push({ request, recorded })
    return recorded === null ? { status: 503 } : recordedAnswer(recorded)
  }
}

/** A message that was cut cannot be sent again. */
function checkWhole({ request, upstream, callouts }: TraceJson, place: string): void {
  const answers = [...upstream.slice(-1), ...callouts].map(({ response }) => response)
  if (request.headers === undefined) {
    throw invalidRecording(place, 'Cannot replay the stream', {
      seen: 'a request that could not be read',
      wanted: 'the head of a request',
    })
  }
  if ([request, ...answers].some(({ body }) => body?.truncated === true)) {
    throw invalidRecording(place, 'Cannot replay the stream', {
      seen: 'a body that was cut',
      wanted: 'a recording with a larger --body',
    })
  }
  if (answers.some(({ headers, reset }) => headers !== undefined && reset !== undefined && reset !== 'local_reset')) {
    throw invalidRecording(place, 'Cannot replay the stream', { seen: 'an answer that broke off', wanted: 'whole answers' })
  }
}
