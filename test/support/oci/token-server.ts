/** A token server (distribution, docs/spec/auth/token.md and jwt.md): users, refresh tokens, scopes, signed tokens. */
import { createSign, randomUUID, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { TestCertificate } from '../certificate.ts'

export interface TokenServerOptions {
  /** Its key signs; the registry trusts its authority. */
  readonly signer: TestCertificate
  readonly users: Readonly<Record<string, string>>
  /** Names of users by refresh token. */
  readonly refreshTokens?: Readonly<Record<string, string>>
  /** Seconds that a token lives by its own word. */
  readonly lifeSeconds?: number
}

/** A request for a token, as it came. */
export interface TokenRequest {
  readonly method: string
  readonly scopes: readonly string[]
  /** Null = anonymous. */
  readonly user: string | null
}

const ISSUER = 'test-issuer'
const SERVICE = 'test-registry'

export class TokenServer {
  readonly requests: TokenRequest[] = []
  /** Seconds; negative = tokens that are over when they arrive. */
  lifeSeconds: number
  readonly #options: TokenServerOptions
  readonly #server: Server

  private constructor(options: TokenServerOptions) {
    this.#options = options
    this.lifeSeconds = options.lifeSeconds ?? 300
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(options: TokenServerOptions): Promise<TokenServer> {
    const server = new TokenServer(options)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  /** `auth.token` of a registry that trusts this server. */
  get registryConfig(): Record<string, string> {
    const { port } = this.#server.address() as { port: number }
    const { authority } = this.#options.signer
    return { realm: `http://127.0.0.1:${port}/token`, service: SERVICE, issuer: ISSUER, rootcertbundle: authority }
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await textOf(request))
    const query = new URL(request.url ?? '', 'http://token').searchParams
    const scopes = request.method === 'POST' ? (form.get('scope') ?? '').split(' ') : query.getAll('scope')
    const user = request.method === 'POST' ? this.#refreshed(form) : this.#loggedIn(request)
    this.requests.push({ method: request.method ?? '', scopes, user: user ?? null })
    if (user === undefined) return void response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({ [request.method === 'POST' ? 'access_token' : 'token']: this.#sign(user, scopes), expires_in: 300 }),
    )
  }

  /** Null = anonymous, undefined = refused. */
  #loggedIn({ headers: { authorization } }: IncomingMessage): string | null | undefined {
    if (authorization === undefined) return null
    const [name = '', ...password] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')
    return this.#options.users[name] === password.join(':') ? name : undefined
  }

  #refreshed(form: URLSearchParams): string | undefined {
    return form.get('grant_type') === 'refresh_token' ? this.#options.refreshTokens?.[form.get('refresh_token') ?? ''] : undefined
  }

  /** Anybody may pull; users may do everything. */
  #sign(user: string | null, scopes: readonly string[]): string {
    const { certificate, key } = this.#options.signer
    const now = Math.floor(Date.now() / 1000)
    const times = { nbf: now - 600, iat: now - 600, exp: now + this.lifeSeconds }
    const claims = {
      iss: ISSUER,
      sub: user ?? '',
      aud: SERVICE,
      jti: randomUUID(),
      ...times,
      access: scopes.map((scope) => access(scope, user)),
    }
    const chain = [new X509Certificate(readFileSync(certificate)).raw.toString('base64')]
    const text = [{ typ: 'JWT', alg: 'ES256', x5c: chain }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = createSign('sha256')
      .update(text)
      .sign({ key: readFileSync(key), dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
}

function access(scope: string, user: string | null): { type: string; name: string; actions: string[] } {
  const [type = '', name = '', actions = ''] = scope.split(':')
  const wanted = actions.split(',')
  return { type, name, actions: user === null ? wanted.filter((action) => action === 'pull') : wanted }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}
