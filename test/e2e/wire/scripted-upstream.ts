/** An upstream that plays raw bytes and keeps what each connection received. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageParser } from '../../support/http-text.ts'
import { poll } from '../../support/poll.ts'
import { play, type Ear, type Step } from './step.ts'

/** What the upstream does with each request of a row. */
export interface UpstreamScript {
  /** The script runs once a connection opens, a head has arrived, or a request is complete. */
  readonly on: 'connect' | 'head' | 'complete'
  readonly steps: readonly Step[]
  /** Everything behind a request's head goes back as it came. */
  readonly echoes?: boolean
}

/** One connection from the proxy. */
export interface UpstreamConnection {
  readonly received: string
  /** Who ended it; `kept` = it was still open. */
  readonly end: 'kept' | 'proxy' | 'upstream'
}

/** Path of the request that asks whether a connection still works; not part of what a row observes. */
export const PROBE = 'GET /probe HTTP/1.1\r\nhost: probe.test\r\n\r\n'
/** Body of the answer to it. */
export const PROBED = 'probed'
const PROBE_REPLY = `HTTP/1.1 200 OK\r\ncontent-length: ${PROBED.length}\r\n\r\n${PROBED}`
const IS_PROBE = /GET (?:http:\/\/probe\.test)?\/probe HTTP\/1\.1\r\n/

/** The time that a proxy gets to end a connection that we have ended. */
const END_LIMIT = 2000

export class ScriptedUpstream {
  readonly #server: Server
  #script: UpstreamScript = { on: 'complete', steps: [] }
  #peers: Peer[] = []

  private constructor() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#peers.push(new Peer(socket, this.#script))
    })
  }

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** A row begins; no connection of the row before is left. */
  begin(script: UpstreamScript): void {
    this.#script = script
  }

  /** Resolves when a connection has got the text, or when it is not worth to wait any longer. */
  async hears(text: string): Promise<void> {
    await poll(() => this.#peers.some((peer) => peer.hasHeard(text)), Boolean, END_LIMIT)
  }

  /** The row is over: what was seen, without probes. Waits until the proxy knows that its connections are gone. */
  async finish(): Promise<UpstreamConnection[]> {
    const peers = this.#peers
    this.#peers = []
    const seen = peers.map((peer) => peer.seen)
    await Promise.all(peers.map((peer) => peer.close()))
    return seen.filter(({ received }) => received !== '')
  }

  async stop(): Promise<void> {
    await this.finish()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

class Peer {
  readonly #socket: Socket
  readonly #script: UpstreamScript
  readonly #hasClosed: Promise<unknown>
  #text = ''
  #isEnded = false

  constructor(socket: Socket, script: UpstreamScript) {
    this.#socket = socket
    this.#script = script
    this.#hasClosed = new Promise((resolve) => socket.once('close', resolve))
    const parser = this.#parser()
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.latin1Slice()
      if (script.echoes === true && this.#text !== '') socket.write(bytes)
      this.#text += text
      parser.push(text)
    })
    socket.on('end', () => {
      this.#isEnded = true
      socket.end()
    })
    socket.on('error', () => socket.destroy())
    if (script.on === 'connect') void play(socket, script.steps, this.#ear)
  }

  get seen(): UpstreamConnection {
    const probe = this.#text.search(IS_PROBE)
    const received = probe < 0 ? this.#text : this.#text.slice(0, probe)
    if (this.#socket.writableEnded && !this.#isEnded) return { received, end: 'upstream' }
    return { received, end: this.#isEnded || this.#socket.destroyed ? 'proxy' : 'kept' }
  }

  hasHeard(text: string): boolean {
    return this.#text.includes(text)
  }

  async close(): Promise<void> {
    this.#socket.end()
    await Promise.race([this.#hasClosed, sleep(END_LIMIT)])
    this.#socket.destroy()
  }

  readonly #ear: Ear = async (text) => {
    await poll(() => this.hasHeard(text) || this.#socket.destroyed, Boolean, END_LIMIT)
  }

  #parser(): MessageParser {
    const answer = (startLine: string, moment: UpstreamScript['on']): void => {
      if (IS_PROBE.test(`${startLine}\r\n`)) return void (moment === 'complete' && this.#socket.write(PROBE_REPLY))
      if (this.#script.on === moment) void play(this.#socket, this.#script.steps, this.#ear)
    }
    return new MessageParser({
      bodiless: () => false,
      untilClose: false,
      onHead: ({ startLine }) => answer(startLine, 'head'),
      onComplete: ({ startLine }) => answer(startLine, 'complete'),
    })
  }
}
