/** A filter that is shown mutated requests, and a reference that says which of them may pass. */
import { createTestHost, type TestHost, type UpstreamAnswer, type UpstreamRequest } from '../../../host/testing/index.ts'
import { modulePath, type FilterName } from '../../../filters/index.js'
import { Dice } from '../http1/messages.ts'
import { mutated, type Message } from './message.ts'

/** Where clocks stand. */
export const START = Date.UTC(2026, 0, 1)
const SEED = 17
/** Requests of one host: what it keeps of them is let go with it. */
const MOST_REQUESTS = 20_000

export interface Subject {
  readonly name: string
  readonly filter: FilterName
  readonly config: object
  /** Header that names to the upstream who came. */
  readonly header?: string
  readonly connection?: Parameters<TestHost['phases']>[0] & object
  /** What answers the filter's questions, at the cluster `authz`. */
  readonly service?: (request: UpstreamRequest) => UpstreamAnswer
  /** A request that passes. */
  message(dice: Dice): Message
  /** Who may have sent it; null when it must not pass, empty when nobody is named. */
  senders(message: Message): readonly string[] | null | Promise<readonly string[] | null>
}

/** How many of `count` mutated requests passed; throws for a trap, and for a pass or a refusal that the reference does not bear out. */
export async function fuzzSubject(subject: Subject, count: number): Promise<number> {
  const dice = new Dice(SEED)
  let host = hostOf(subject)
  let passed = 0
  for (let i = 0; i < count; i++) {
    if (i % MOST_REQUESTS === MOST_REQUESTS - 1) host = renewed(host, subject)
    const message = mutated(subject.message(dice), subject.message(dice), dice)
    const seen = verdictOf(host, subject, message)
    if (seen === null && !message.isWhole) continue
    passed++
    const fault = faultOf(await subject.senders(message), seen)
    if (fault !== null) throw new Error(`${subject.name}: ${fault}: ${JSON.stringify(message)}`)
  }
  host.close()
  return passed
}

function hostOf({ filter, config, service }: Subject): TestHost {
  const answers = service === undefined ? {} : { upstream: service, clusters: { up: 'upstream', authz: 'upstream' } as const }
  return createTestHost({ filters: [{ wasm: modulePath(filter), config }], logLevel: 'off', startTime: START, ...answers })
}

function renewed(host: TestHost, subject: Subject): TestHost {
  host.close()
  return hostOf(subject)
}

/** What the filter tells the upstream of who came; null when it refuses. */
function verdictOf(host: TestHost, { name, header, connection }: Subject, message: Message): readonly string[] | null {
  const { method, path, host: authority, fields, body } = message
  const stream = host.phases({ ...connection })
  try {
    stream.requestHeaders(
      [[':method', method], [':path', path], [':authority', authority], [':scheme', 'http'], ...fields],
      body === null,
    )
    if (body !== null && !stream.isOver) stream.requestBody(Buffer.from(body, 'latin1'), true)
  } catch (error) {
    throw new Error(`${name} traps for ${JSON.stringify(message)}`, { cause: error })
  }
  const { isOver, request } = stream
  if (!isOver && request.isHeld) throw new Error(`${name} holds ${JSON.stringify(message)}`)
  const told = isOver ? null : request.headers.filter(([own]) => own === header).map(([, value]) => value)
  stream.done()
  return told
}

function faultOf(senders: readonly string[] | null, seen: readonly string[] | null): string | null {
  if (seen === null) return 'refused though nothing was changed'
  if (senders === null) return 'passed'
  if (senders.length === 0) return null
  const isTold = seen.length > 0 && seen.length <= senders.length && seen.every((name) => senders.includes(name))
  return isTold ? null : `passed as '${seen.join()}'`
}
