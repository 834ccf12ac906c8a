/** An upstream that records the requests it gets and answers each by script. */
import { EMPTY_ANSWER, type ScriptedMessage } from '../../host/testing/cases/script.ts'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageParser, chunkText, headText, lastChunkText, type Field, type WireMessage } from './http-text.ts'

/** Time between two chunks, so that a proxy reads them one by one. */
export const CHUNK_GAP = 10

/** Chooses the answer when a request's head has arrived; the message fills up while its body comes in. */
export type Answerer = (request: WireMessage) => ScriptedMessage

export class RecordingUpstream {
  /** Every request whose head has arrived. */
  readonly requests: WireMessage[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #answerer: Answerer

  private constructor(answerer: Answerer) {
    this.#answerer = answerer
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(answerer: Answerer): Promise<RecordingUpstream> {
    const upstream = new RecordingUpstream(answerer)
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    let answer = EMPTY_ANSWER
    const parser = new MessageParser({
      bodiless: () => false,
      untilClose: false,
      onHead: (request) => {
        this.requests.push(request)
        answer = this.#answerer(request)
      },
      onComplete: (request) => void play(socket, answer, request.startLine.startsWith('HEAD ')),
    })
    socket.on('data', (bytes: Buffer) => parser.push(bytes.latin1Slice()))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

async function play(socket: Socket, answer: ScriptedMessage, isHead: boolean): Promise<void> {
  if (answer.delayMillis > 0) await sleep(answer.delayMillis)
  if (answer.fail === 'hang' || socket.destroyed) return
  if (answer.fail === 'close') return void socket.destroy()
  if (answer.fail === 'reset') return void socket.resetAndDestroy()
  if (answer.chunks !== null || answer.trailers.length > 0) return playChunked(socket, answer)
  const length: Field[] = mayHaveBody(answer.status) ? [['content-length', String(answer.body.length)]] : []
  socket.write(headText(`HTTP/1.1 ${answer.status} Scripted`, [...answer.headers, ...length]), 'latin1')
  if (answer.fail === 'close_in_body') return closeInBody(socket, answer.body)
  if (!isHead) socket.write(answer.body, 'latin1')
}

async function playChunked(socket: Socket, answer: ScriptedMessage): Promise<void> {
  socket.write(headText(`HTTP/1.1 ${answer.status} Scripted`, [...answer.headers, ['transfer-encoding', 'chunked']]), 'latin1')
  const chunks = answer.chunks ?? [answer.body]
  const sent = answer.fail === 'close_in_body' ? chunks.slice(0, Math.ceil(chunks.length / 2)) : chunks
  for (const chunk of sent) {
    await sleep(CHUNK_GAP)
    socket.write(chunkText(chunk), 'latin1')
  }
  await sleep(CHUNK_GAP)
  if (answer.fail === 'close_in_body') return void socket.end()
  socket.write(lastChunkText(answer.trailers), 'latin1')
}

async function closeInBody(socket: Socket, body: string): Promise<void> {
  await sleep(CHUNK_GAP)
  socket.end(body.slice(0, body.length >> 1), 'latin1')
}

function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}
