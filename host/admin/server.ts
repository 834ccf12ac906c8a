/**
 * The admin interface: Envoy's endpoints over HTTP, in the main thread, for operators and scrapers. Not hot, so the
 * HTTP server is Node's.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketAddress } from '../config/types.ts'
import { SluiceError } from '../errors.ts'
import type { Logger } from '../util/logger.ts'
import { CERTS_ENDPOINT } from './certs-endpoint.ts'
import { addressText, CLUSTERS_ENDPOINT, LISTENERS_ENDPOINT } from './cluster-endpoints.ts'
import { CONFIG_DUMP_ENDPOINT } from './config-dump.ts'
import { textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import { helpText, homePage } from './help.ts'
import { LOGGING_ENDPOINT } from './logging-endpoint.ts'
import { PROCESS_ENDPOINTS } from './process-endpoints.ts'
import type { AdminProviders } from './providers.ts'
import { SERVER_ENDPOINTS } from './server-endpoints.ts'
import { STATS_ENDPOINTS } from './stats-endpoints.ts'
import { TAP_ENDPOINT } from './tap-endpoint.ts'

/** Number of `error` in the levels of a logger. */
const ERROR_LEVEL = 4

/** Between two attempts to bind an address that a process before is about to leave. */
const RETRY_MILLIS = 50

/** All endpoints by path. */
const ENDPOINTS: readonly AdminEndpoint[] = [
  { path: '/', isPost: false, help: 'Admin home page', parameters: {}, handle: () => homePage(ENDPOINTS) },
  CERTS_ENDPOINT,
  CLUSTERS_ENDPOINT,
  CONFIG_DUMP_ENDPOINT,
  {
    path: '/help',
    isPost: false,
    help: 'print out list of admin commands',
    parameters: {},
    handle: () => textResponse(helpText(ENDPOINTS)),
  },
  LISTENERS_ENDPOINT,
  LOGGING_ENDPOINT,
  ...PROCESS_ENDPOINTS,
  ...SERVER_ENDPOINTS,
  ...STATS_ENDPOINTS,
  TAP_ENDPOINT,
].toSorted((a, b) => (a.path < b.path ? -1 : 1))

/** Started once, stopped once. */
export class AdminServer {
  readonly #providers: AdminProviders
  readonly #log: Logger
  readonly #server: Server

  constructor(providers: AdminProviders, log: Logger) {
    this.#providers = providers
    this.#log = log
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  /**
   * Binds the address; says which one it is when the port was 0. Throws SLUICE_LISTEN_ADDRESS, when another process has the address
   * after `patience` milliseconds.
   */
  async start(address: SocketAddress, patience = 0): Promise<SocketAddress> {
    const end = performance.now() + patience
    for (;;) {
      this.#server.listen({ host: address.host, port: address.port })
      try {
        await once(this.#server, 'listening')
        break
      } catch (error) {
        const cause = error as NodeJS.ErrnoException // of a socket
        if (cause.code !== 'EADDRINUSE' || performance.now() >= end) throw bindError(address, cause)
      }
      await sleep(RETRY_MILLIS)
    }
    const bound = this.#server.address() as AddressInfo // a TCP server that listens
    return { host: bound.address, port: bound.port }
  }

  /** Closes the port and all connections; harmless when it was never opened. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    const answer = await this.#answer(request)
    response.writeHead(answer.status, {
      'content-type': answer.contentType,
      'cache-control': 'no-cache, max-age=0',
      'x-content-type-options': 'nosniff',
    })
    if (typeof answer.body === 'string') response.end(answer.body)
    else await sendParts(response, answer.body)
    if (answer.afterwards !== undefined) response.once('close', answer.afterwards)
  }

  async #answer(request: IncomingMessage): Promise<AdminResponse> {
    const { method = '', url = '/' } = request
    const [path, query] = splitTarget(url)
    const endpoint = ENDPOINTS.find((candidate) => candidate.path === path)
    if (endpoint === undefined) return textResponse(`invalid path. ${helpText(ENDPOINTS)}`, 404)
    if (endpoint.isPost && method !== 'POST') return textResponse(`Method ${method} not allowed, POST required.`, 405)
    try {
      return await endpoint.handle(query, this.#providers)
    } catch (error) {
      this.#log.log(ERROR_LEVEL, `${method} ${url} failed: ${error instanceof Error ? error.stack : String(error)}`)
      return textResponse(`${String(error)}\n`, 500)
    }
  }
}

/** The head goes out at once: it says that the wait has begun. */
async function sendParts(response: ServerResponse, parts: (signal: AbortSignal) => AsyncIterable<string>): Promise<void> {
  const reading = new AbortController()
  response.once('close', () => reading.abort())
  response.flushHeaders()
  for await (const part of parts(reading.signal)) response.write(part)
  response.end()
}

/** In a query of Envoy's a plus sign is a plus sign, which regular expressions need. */
function splitTarget(target: string): [path: string, query: URLSearchParams] {
  const mark = target.indexOf('?')
  if (mark < 0) return [target, new URLSearchParams()]
  return [target.slice(0, mark), new URLSearchParams(target.slice(mark + 1).replaceAll('+', '%2B'))]
}

function bindError(address: SocketAddress, error: NodeJS.ErrnoException): SluiceError {
  const detail = { path: addressText(address), seen: error.code ?? error.message, wanted: 'a free address of this machine' }
  return new SluiceError('SLUICE_LISTEN_ADDRESS', 'Cannot bind the admin address', detail, error)
}
