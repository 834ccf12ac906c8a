/** The client's side of one row: plays the steps, collects the answer, finds out what becomes of the connection. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageParser, fieldValue } from '../../support/http-text.ts'
import { poll } from '../../support/poll.ts'
import { PROBE } from './scripted-upstream.ts'
import { play, type Ear, type Step } from './step.ts'
import type { Observation, WireRow } from './row.ts'

export interface Conversation {
  readonly answer: string
  readonly fate: Observation['fate']
  /** Key to the access log. */
  readonly localPort: number
}

const DEFAULT_PATIENCE = 4000
/** A proxy that closes without saying so does it at once. */
const GRACE = 60
/** Closing later means Envoy's delayed close of one second. */
const LATE = 500
const CLOSE_LIMIT = 4000

/** What a client does. */
export type Speech = Pick<WireRow, 'client' | 'answers' | 'patience'>

/** Runs the client's steps against a listener; `beyond` tells what has reached the upstream. */
export async function converse(port: number, row: Speech, beyond?: Ear): Promise<Conversation> {
  const client = new Client(port, row)
  const sent = client.play(row.client, beyond)
  await client.settled(row.patience ?? DEFAULT_PATIENCE)
  await sent
  const answer = client.text
  const fate = await client.fate()
  client.destroy()
  return { answer, fate, localPort: client.localPort }
}

class Client {
  text = ''
  localPort = 0
  readonly #socket: Socket
  readonly #parser: MessageParser
  #missing: number
  #says: 'close' | 'stay' | 'nothing' = 'nothing'
  /** When a byte came last, or the last step was done. */
  #lastMoveAt = performance.now()
  #closedAt = 0
  #isReset = false
  #wake: () => void = () => {}

  constructor(port: number, row: Speech) {
    this.#missing = row.answers ?? 1
    this.#parser = this.#makeParser(String(row.client[0]).startsWith('HEAD '))
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.#socket.on('connect', () => (this.localPort = this.#socket.localPort ?? 0))
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes.latin1Slice()))
    this.#socket.on('end', () => this.#close())
    this.#socket.on('error', () => {
      this.#isReset = true
      this.#close()
    })
    this.#socket.on('close', () => this.#close())
  }

  async play(steps: readonly Step[], beyond?: Ear): Promise<void> {
    const ear: Ear = async (text) => {
      await poll(() => this.text.includes(text) || this.#closedAt > 0, Boolean, CLOSE_LIMIT)
    }
    await play(this.#socket, steps, ear, beyond)
    if (this.#closedAt === 0) this.#lastMoveAt = performance.now()
  }

  /** Until all answers have come, the connection has ended, or nothing more has come for a while. */
  async settled(patience: number): Promise<void> {
    await this.#until(() => this.#missing <= 0 || this.#closedAt > 0, patience)
  }

  async fate(): Promise<Observation['fate']> {
    if (this.#says === 'close') await this.#until(() => this.#closedAt > 0, CLOSE_LIMIT)
    else if (this.#says === 'stay') {
      await this.#until(() => this.#closedAt > 0, GRACE)
      if (this.#closedAt === 0 && (await this.#probe())) return 'kept'
    }
    if (this.#closedAt === 0) return 'waits'
    // A reset may follow the end of the peer's side at once.
    await sleep(GRACE)
    if (this.#isReset) return 'reset'
    // Nothing that was said comes before the end of a connection that got nothing.
    return this.text === '' || this.#closedAt - this.#lastMoveAt < LATE ? 'closed' : 'closed later'
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** True when the connection serves another request; a probe that completes bad bytes before it is refused. */
  async #probe(): Promise<boolean> {
    const missing = this.#missing
    const before = this.text.length
    this.#socket.write(PROBE)
    await this.#until(() => this.#closedAt > 0 || this.#missing < missing, CLOSE_LIMIT)
    if (this.#missing < missing && !this.text.startsWith('HTTP/1.1 400', before)) return true
    await this.#until(() => this.#closedAt > 0, CLOSE_LIMIT)
    return false
  }

  #take(text: string): void {
    this.text += text
    this.#lastMoveAt = performance.now()
    this.#parser.push(text)
    this.#wake()
  }

  #close(): void {
    if (this.#closedAt === 0) this.#closedAt = performance.now()
    this.#parser.end()
    this.#wake()
  }

  async #until(isDone: () => boolean, limit: number): Promise<void> {
    const end = performance.now() + limit
    while (!isDone()) {
      const left = end - performance.now()
      if (left <= 0) return
      const timer = new AbortController()
      await Promise.race([
        new Promise<void>((resolve) => (this.#wake = resolve)),
        sleep(left, undefined, { signal: timer.signal }).catch(() => {}),
      ])
      timer.abort()
    }
  }

  #makeParser(isHead: boolean): MessageParser {
    return new MessageParser({
      bodiless: (startLine) => isHead || /^HTTP\/1\.\d (204|304|99|0) /.test(startLine),
      untilClose: true,
      onHead: () => {},
      onComplete: ({ startLine, headers }) => {
        this.#missing--
        const connection = fieldValue(headers, 'connection')
        const isKept = startLine.startsWith('HTTP/1.1') ? connection !== 'close' : connection === 'keep-alive'
        this.#says = isKept ? 'stay' : 'close'
      },
    })
  }
}
