/** One test of a table of the plugin tester: the phases that it names, in the tester's order, on one stream. */
import type { EngineName } from '../../../vm/engines.ts'
import type { StreamDirection } from '../../../plugin/stream-host.ts'
import type { HeaderList } from '../../messages.ts'
import type { PhaseMessage } from '../../phase-message.ts'
import type { PhaseStream } from '../../phase-stream.ts'
import { createTestHost, type TestHost } from '../../test-host.ts'
import type { Check } from '../compare.ts'
import { PhaseChecks, type PhaseResult } from './expectation.ts'
import { parseHead } from './http-head.ts'
import type { Expectation, Input, Invocation, Suite, SuiteTest } from './suite.ts'
import { readBytes } from './text-matcher.ts'

export interface TestedModule {
  /** Its path. */
  readonly module: string
  readonly config: object | string
  readonly engine: EngineName
}

const DIRECTIONS = ['request', 'response'] as const

export class SuiteRun {
  readonly #suite: Suite
  readonly #test: SuiteTest
  readonly #module: TestedModule
  readonly #checks: Check[] = []
  #phase = 'plugin_init'
  /** Lines of the phase. */
  #log: string[] = []

  constructor(suite: Suite, test: SuiteTest, module: TestedModule) {
    this.#suite = suite
    this.#test = test
    this.#module = module
  }

  /** Runs the test; throws Error when the filter fails, or the test asks for what cannot be. */
  checks(): readonly Check[] {
    try {
      this.#run()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const place = `${this.#suite.file}: test ${this.#test.name}: ${this.#phase}`
      throw new Error([`${place}: ${reason}`, ...this.#log.map((line) => `  log: ${line}`)].join('\n'), { cause: error })
    }
    return this.#checks
  }

  #run(): void {
    const host = this.#startHost()
    this.#lifecycle(this.#test.plugin_init)
    this.#begin('stream_init')
    const stream = host.phases()
    this.#lifecycle(this.#test.stream_init)
    for (const direction of [0, 1] as const) {
      this.#head(stream, direction)
      this.#bodies(stream, direction)
    }
    this.#begin('stream_destroy')
    stream.done()
    this.#lifecycle(this.#test.stream_destroy)
    host.close()
  }

  #startHost(): TestHost {
    const { module, config, engine } = this.#module
    const properties = (this.#test.properties ?? []).map(({ path = '', value = '' }) => [path, value] as const)
    return createTestHost({
      filters: [{ wasm: module, config }],
      engine,
      logLevel: this.#suite.logLevel,
      startTime: this.#suite.timeSeconds * 1000,
      onLog: ({ text }) => this.#log.push(text),
      // Of a path that is named twice the first one counts.
      properties: Object.fromEntries(properties.toReversed()),
    })
  }

  #head(stream: PhaseStream, direction: StreamDirection): void {
    const name = `${DIRECTIONS[direction]}_headers` as const
    const invocation = this.#test[name]
    if (invocation === undefined) return
    this.#begin(name)
    const headers = this.#headersOf(invocation.input ?? {}, direction === 0)
    this.#compare(invocation, stream.isOver ? NOTHING : sendHead(stream, direction, headers))
  }

  #bodies(stream: PhaseStream, direction: StreamDirection): void {
    const name = `${DIRECTIONS[direction]}_body` as const
    for (const invocation of this.#test[name] ?? []) {
      this.#begin(name)
      const body = this.#bodyOf(invocation.input ?? {})
      this.#compare(invocation, stream.isOver ? NOTHING : sendBody(stream, direction, chunksOf(body, this.#test)))
    }
  }

  #headersOf(input: Input, isRequest: boolean): HeaderList {
    this.#checkInput(input)
    const { header = [], content, file } = input
    if (content === undefined && file === undefined) return header.map(({ key, value = '' }) => [key, value])
    return parseHead(content ?? readBytes(this.#suite.file, file!), isRequest)
  }

  #bodyOf(input: Input): string {
    this.#checkInput(input)
    if (input.header !== undefined) throw new Error('input: seen header, wanted content or file for a body')
    return input.content ?? (input.file === undefined ? '' : readBytes(this.#suite.file, input.file))
  }

  #checkInput(input: Input): void {
    const given = Object.keys(input)
    if (given.length > 1) throw new Error(`input: seen ${given.join(' and ')}, wanted one of them`)
  }

  #begin(phase: string): void {
    this.#phase = phase
    this.#log = []
  }

  #compare({ result: wanted = {} }: Invocation, seen: PhaseResult): void {
    const checks = new PhaseChecks(this.#phase, this.#suite.file)
    checks.all(wanted, seen, this.#log)
    this.#checks.push(...checks.list)
  }

  /** Of a phase without a message only the log is looked at. */
  #lifecycle(wanted: Expectation = {}): void {
    const checks = new PhaseChecks(this.#phase, this.#suite.file)
    checks.log(wanted, this.#log)
    this.#checks.push(...checks.list)
  }
}

/** Of a phase that was not reached. */
const NOTHING: PhaseResult = { headers: [], body: '', isPaused: false, reply: null }

function sendHead(stream: PhaseStream, direction: StreamDirection, headers: HeaderList): PhaseResult {
  const message = messageOf(stream, direction)
  const action = direction === 0 ? stream.requestHeaders(headers) : stream.responseHeaders(headers)
  return replyOf(stream) ?? { headers: message.headers, body: '', isPaused: action === 'Pause', reply: null }
}

/** The parts of a body as one result. */
function sendBody(stream: PhaseStream, direction: StreamDirection, chunks: readonly string[]): PhaseResult {
  const message = messageOf(stream, direction)
  const before = message.text.length
  for (const [index, chunk] of chunks.entries()) {
    const bytes = Buffer.from(chunk, 'latin1')
    const isLast = index === chunks.length - 1
    if (direction === 0) stream.requestBody(bytes, isLast)
    else stream.responseBody(bytes, isLast)
    if (stream.isOver) break
  }
  const body = message.text.slice(before) + message.heldText
  return replyOf(stream) ?? { headers: [], body, isPaused: false, reply: null }
}

function messageOf(stream: PhaseStream, direction: StreamDirection): PhaseMessage {
  return direction === 0 ? stream.request : stream.response
}

function replyOf({ reply }: PhaseStream): PhaseResult | null {
  return reply === null ? null : { headers: reply.headers, body: reply.text, isPaused: false, reply }
}

/** Of a count, all parts but the last are of one size. */
function chunksOf(body: string, { num_chunks: count, chunk_size: size }: SuiteTest): string[] {
  const length = size ?? (count === undefined ? body.length : Math.max(1, Math.floor(body.length / count)))
  const most = count ?? (size === undefined ? 1 : Number.POSITIVE_INFINITY)
  const chunks: string[] = []
  let at = 0
  while (at < body.length && chunks.length < most - 1) chunks.push(body.slice(at, (at += length)))
  if (at < body.length || chunks.length === 0) chunks.push(body.slice(at))
  return chunks
}
