/** A port on which each request is a trial: the client gets what came through the filters, and the difference is told. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SluiceError } from '../../errors.ts'
import { messageOf } from '../../util/attempt.ts'
import { fromByteString } from '../../util/bytes.ts'
import type { SocketTrial } from './socket-trial.ts'
import { ADDRESS, receivedRequest } from './trial-peers.ts'
import { seenRequest, type SeenMessage, type Trial, type TrialAnswer, type TrialRequest } from './trial.ts'

export interface ServedTrial extends Trial {
  /** As the client has sent it. */
  readonly request: SeenMessage
}

export class TrialServer {
  readonly #server: Server
  readonly #onTrial: (trial: ServedTrial) => void
  #trial: SocketTrial
  /** Requests go one after the other: all that the upstreams see belongs to one. */
  #last: Promise<void> = Promise.resolve()

  private constructor(server: Server, trial: SocketTrial, onTrial: (trial: ServedTrial) => void) {
    this.#server = server
    this.#trial = trial
    this.#onTrial = onTrial
  }

  /** Listens on loopback, 0 = any free port; `stop` stops the trial, too. Throws SLUICE_LISTEN_ADDRESS. */
  static async start(port: number, trial: SocketTrial, onTrial: (trial: ServedTrial) => void): Promise<TrialServer> {
    const server = createServer()
    const trials = new TrialServer(server, trial, onTrial)
    server.on('request', (request, response) => trials.#enqueue(request, response))
    try {
      await once(server.listen(port, ADDRESS), 'listening')
    } catch (cause) {
      const detail = { path: `${ADDRESS}:${port}`, seen: messageOf(cause) }
      throw new SluiceError('SLUICE_LISTEN_ADDRESS', 'Cannot listen', detail, cause)
    }
    return trials
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Requests from now on go through other filters. */
  async replace(trial: SocketTrial): Promise<void> {
    const before = this.#trial
    this.#trial = trial
    await this.#last
    await before.stop()
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await this.#last
    await this.#trial.stop()
  }

  #enqueue(request: IncomingMessage, response: ServerResponse): void {
    const received = receivedRequest(request)
    this.#last = Promise.all([received, this.#last])
      .then(([one]) => this.#answer(withoutLength(one), response))
      .catch(() => void response.destroy())
  }

  async #answer(request: TrialRequest, response: ServerResponse): Promise<void> {
    const { trial, answer } = await this.#trial.ask(request)
    send(answer, response)
    this.#onTrial({ request: seenRequest(request), ...trial })
  }
}

/** Whoever sends it on counts for himself. */
function withoutLength(request: TrialRequest): TrialRequest {
  return { ...request, headers: request.headers.filter(([name]) => name !== 'content-length') }
}

function send({ status, headers, body }: TrialAnswer, response: ServerResponse): void {
  if (status === 0) return void response.destroy()
  response.sendDate = false
  response.writeHead(status, headers.flat()).end(fromByteString(body))
}
