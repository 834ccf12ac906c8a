/** ext-authz beside Envoy's ext_authz, before a service over HTTP that answers as the request asks it to. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dice } from '../fuzz/http1/messages.ts'
import { staticCluster } from '../e2e/host/setup.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf, valuesOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

/** What the service is to answer; status 0 = it closes the connection. */
interface Script {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** Header of a request that carries the script. */
const SCRIPT = 'x-script'
/** Header of an answer that tells the question, so that it is compared too. */
const QUESTION = 'x-question'
/** Of the question, but not of what the filter makes of it. */
const UNSTEADY = /^(content-length|x-envoy-|x-request-id)/

const exact = (...names: string[]): object => ({ patterns: names.map((name) => ({ exact: name })) })
const shown = {
  allowed_headers: { patterns: [{ exact: SCRIPT }, { exact: 'x-tenant' }, { prefix: 'x-s-' }, { exact: 'cookie' }] },
  disallowed_headers: exact('x-s-secret'),
}
const added = { headers_to_add: [{ key: 'x-gateway', value: 'one' }] }
const answered = {
  allowed_upstream_headers: { patterns: [{ exact: 'x-user' }, { prefix: 'x-role-' }, { exact: QUESTION }] },
  allowed_upstream_headers_to_append: exact('x-group'),
  allowed_client_headers: exact('x-reason', 'set-cookie', QUESTION),
  allowed_client_headers_on_success: exact('x-quota', 'set-cookie'),
}

let service: Server

describeTwins({
  name: 'ext-authz',
  count: 3000,
  config: async () => {
    service = createServer(answer).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const common = { failure_mode_allow: false }
    const http = { path_prefix: '/check', authorization_response: answered }
    const uri = { uri: 'http://authz.test', cluster: 'authz', timeout: '5s' }
    return {
      ours: [
        suiteFilter('ext-authz', {
          ...common,
          http_service: { ...http, http_uri: uri, authorization_request: { ...shown, ...added } },
        }),
      ],
      native: [
        nativeFilter('ext_authz', 'ExtAuthz', {
          ...common,
          ...shown,
          http_service: { ...http, server_uri: uri, authorization_request: added },
        }),
      ],
      clusters: [staticCluster('authz', [(service.address() as AddressInfo).port])],
    }
  },
  request: (dice) => requestOf(dice.pick(['GET', 'GET', 'DELETE', 'OPTIONS']), target(dice), fields(dice)),
  headers: ['location', 'www-authenticate', 'content-type', 'set-cookie', 'x-reason', 'x-quota', QUESTION],
  differences: [
    {
      reason: 'what only the service may say is removed although it says nothing',
      appliesTo: (request) => FORGEABLE.some((name) => valuesOf(request, name).length > 0),
      asIf: (request) => request.replaceAll(/^(x-user|x-role-\w*): .*\r\n/gim, ''),
    },
    {
      reason: 'the service sees bytes that are no UTF-8 as they are, not as marks',
      appliesTo: (request) => /[\x80-\xff]/.test(request),
      asIf: (request) => request.replaceAll(/[\x80-\xff]/g, '!'),
    },
    {
      reason: 'a status outside 200 to 599 is no verdict',
      appliesTo: (request) => scriptOf(valuesOf(request, SCRIPT)[0]).status > 599,
    },
  ],
  stop: async () => {
    service.closeAllConnections()
    service.close()
    await once(service, 'close')
  },
})

const FORGEABLE = ['x-user', 'x-role-a', 'x-role-b']

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = scriptOf(request.headers[SCRIPT])
  if (status === 0) return void request.socket.destroy()
  response.writeHead(status, [...headers, [QUESTION, told(request)] as const].flat())
  response.end(body)
}

/** The question on one line, its fields in an order of their own. */
function told({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`] : []))
  const kept = lines.filter((line) => !UNSTEADY.test(line) && !line.startsWith(SCRIPT)).toSorted()
  return Buffer.from([`${method} ${url}`, ...kept].join('\n'), 'latin1').toString('base64')
}

function scriptOf(text: unknown): Script {
  return JSON.parse(Buffer.from(String(text), 'base64').toString()) as Script
}

function target(dice: Dice): string {
  return dice.pick(['/', '/a?b=c', '/%zz', '//a/../b;c', '/a%20b?', '/?a=b&a=c', '/check'])
}

function fields(dice: Dice): [string, string][] {
  const script = Buffer.from(JSON.stringify(scriptFor(dice))).toString('base64')
  const list: [string, string][] = [[SCRIPT, script]]
  const names = [
    'authorization',
    'cookie',
    'x-tenant',
    'X-Tenant',
    'x-s-a',
    'x-s-secret',
    'x-group',
    'x-gateway',
    'x-other',
    'x-quota',
  ]
  for (let i = dice.roll(5); i > 0; i--) list.push([dice.pick(names), value(dice)])
  if (dice.roll(4) === 0) list.push([dice.pick(FORGEABLE), value(dice)])
  return list
}

function value(dice: Dice): string {
  return dice.pick(['a', 'b', 'a, b', '', 'Bearer abc', 'k=v; k2=v2', 'caf\xe9', '"quoted"', 'x'.repeat(300)])
}

function scriptFor(dice: Dice): Script {
  const status = dice.pick([
    200, 200, 200, 200, 200, 200, 201, 204, 302, 304, 400, 401, 403, 404, 429, 499, 500, 503, 599, 600, 0,
  ])
  const body = status === 204 || status === 304 ? '' : dice.pick(['', 'no', '<p>no</p>', 'x'.repeat(2000)])
  const headers = Array.from({ length: dice.roll(6) }, () => dice.pick(ANSWER_FIELDS))
  return { status, headers, body }
}

const ANSWER_FIELDS = [
  ['x-user', 'alice'],
  ['x-user', 'bob'],
  ['X-User', ''],
  ['x-role-a', 'yes'],
  ['x-role-b', 'a, b'],
  ['x-group', 'one'],
  ['x-group', 'two'],
  ['x-quota', '7'],
  ['x-reason', 'quota'],
  ['x-internal', 'secret'],
  ['set-cookie', 'a=1; Path=/'],
  ['set-cookie', 'b=2'],
  ['location', 'https://login.test/?a=b'],
  ['www-authenticate', 'Bearer realm="a"'],
  ['content-type', 'text/html'],
  ['cache-control', 'no-store'],
  ['x-envoy-auth-headers-to-remove', 'authorization, x-other'],
  ['x-envoy-auth-headers-to-remove', ':path, host, :method,,x-tenant'],
  ['x-envoy-auth-headers-to-remove', 'x-missing, Cookie'],
] as const
