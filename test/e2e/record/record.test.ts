/** Requests recorded in a running host over sockets go the same way in test hosts, until a filter changes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runProgram } from '../../../host/cli/program.ts'
import { assertReplay } from '../../../host/testing/assert.ts'
import { replay } from '../../../host/testing/index.ts'
import type { Recording } from '../../../host/testing/recording/recording.ts'
import { compileGuest } from '../../support/guests.ts'
import { answering, ask, OK, RawServer, startHost, staticCluster, wasmFilter, type Choices } from '../host/setup.ts'

const STRING = 'type.googleapis.com/google.protobuf.StringValue'
const AUTH_CONFIG = { key_sources: [{ header: 'x-api-key' }], credentials: [{ client: 'bob', key: 'k-bob-0123456789' }] }
const GUEST = join(import.meta.dirname, '../../cases/guests/demo.ts')

const open: { stop(): Promise<unknown> }[] = []
let folder = ''
let demo = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-record-'))
  demo = await compileGuest(GUEST)
})

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

afterAll(() => rm(folder, { recursive: true }))

const guest = (): object => wasmFilter(demo, { configuration: { '@type': STRING, value: 'yes' } })
const auth = (): object =>
  wasmFilter('filters/dist/api-key-auth.wasm', {
    name: 'auth',
    root_id: 'auth',
    configuration: { '@type': STRING, value: JSON.stringify(AUTH_CONFIG) },
  })

function http(line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'host: a.test', 'connection: close', ...headers, '', body].join('\r\n')
}

/** Records what the requests cause, by the command. */
async function recorded(
  requests: readonly string[],
  choices: Partial<Choices>,
  flags: readonly string[] = [],
  upstream = answering(OK),
): Promise<string> {
  const { host, port } = await startHost({ ports: [await upstream.start()], admin: true, ...choices })
  open.push(upstream, host)
  const file = join(folder, 'recording.json')
  await rm(file, { force: true })
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const admin = `127.0.0.1:${host.adminAddress!.port}`
  const done = runProgram(['record', admin, '--out', file, '--count', String(requests.length), '--timeout', '20', ...flags])
  await expect.poll(() => said.mock.calls.flat().join(''), { timeout: 10_000 }).toContain('recording up to')
  for (const request of requests) await ask(port, request)
  expect(await done).toBe(0)
  expect(printed.mock.calls.flat().join('')).toContain(`${requests.length} stream(s)`)
  said.mockRestore()
  printed.mockRestore()
  return file
}

const differencesOf = (file: string, modules = {}): (readonly string[])[] =>
  replay(file, { modules }).map(({ differences }) => differences)

describe('a recording', () => {
  test('is replayed with the same outcome: answers of upstream, filter and host', async () => {
    const chunked = 'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\nx-from: up\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n'
    const file = await recorded(
      [
        http('GET /items?a=1', ['x-user: b', 'x-user: c']),
        http('POST /items', ['content-length: 5'], 'hello'),
        http('GET /deny'),
        http('GET /nowhere'),
      ],
      {
        filters: [guest()],
        routes: [
          { match: { path: '/nowhere' }, direct_response: { status: 404 } },
          { match: { prefix: '/' }, route: { cluster: 'up', prefix_rewrite: '/new/' } },
        ],
      },
      [],
      answering(chunked),
    )
    expect(differencesOf(file)).toEqual([[], [], [], []])
    const [first] = replay(file)
    expect(first).toMatchObject({ name: '1: GET /items?a=1', response: { status: 201, text: 'abcde' } })
    expect(first!.response.upstream[0]!.path).toBe('/new/items?a=1')
  })

  test('shows where a changed filter does otherwise', async () => {
    const file = await recorded([http('GET /items'), http('GET /deny')], { filters: [guest()] })
    const source = await readFile(GUEST, 'utf8')
    const changed = join(folder, 'changed.ts')
    await writeFile(changed, source.replace("add(2, 'x-seen', '1')", "add(2, 'x-seen', '2')").replace('deny(403,', 'deny(405,'))
    const module = await compileGuest(changed)
    expect(differencesOf(file, { guest: module })).toEqual([
      ['response.headers.x-seen: recorded "1", replayed "2"'],
      ['response.status: recorded 403, replayed 405', 'response.headers.x-seen: recorded "1", replayed "2"'],
    ])
    expect(() => assertReplay(file, { modules: { guest: module } })).toThrow(
      /replay: wanted .*2: GET \/deny\n {2}response\.status/s,
    )
    assertReplay(file)
  })

  test('answers the callouts of filters, and tells one that is not made any more', async () => {
    const side = new RawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nx-user: bob\r\ncontent-length: 4\r\n\r\nside'))
    open.push(side)
    const clusters = { otherClusters: [staticCluster('auth', [await side.start()])] }
    const file = await recorded([http('GET /call')], { filters: [guest()], ...clusters })
    expect(differencesOf(file)).toEqual([[]])
    const silent = join(folder, 'silent.ts')
    await writeFile(silent, (await readFile(GUEST, 'utf8')).replace("if (path == '/call') return call(context)", ''))
    expect(differencesOf(file, { guest: await compileGuest(silent) })[0]).toContainEqual(
      expect.stringMatching(/^callouts: recorded ".* at auth"/),
    )
  })

  test('keeps what fails: a refused connection, an upstream that hangs up, a route that times out', async () => {
    const closing = new RawServer((socket, text) => {
      if (text.includes('/close')) socket.destroy()
    })
    const closed = await unusedPort()
    const file = await recorded(
      [http('GET /refused'), http('GET /close'), http('GET /slow')],
      {
        filters: [guest()],
        otherClusters: [staticCluster('down', [closed])],
        routes: [
          { match: { prefix: '/refused' }, route: { cluster: 'down' } },
          { match: { prefix: '/' }, route: { cluster: 'up', timeout: '0.3s' } },
        ],
      },
      [],
      closing,
    )
    const streams = replay(file)
    expect(streams.map(({ response: { status, flags } }) => [status, flags])).toEqual([
      [503, 'UF'],
      [503, 'UC'],
      [504, 'UT'],
    ])
    expect(
      streams.map(({ differences }) =>
        differences.filter((line) => !line.startsWith('response.body') && !line.startsWith('details')),
      ),
    ).toEqual([[], [], []])
  })

  test('has secrets only when it is asked for them', async () => {
    const requests = [http('GET /items', ['x-api-key: k-bob-0123456789'])]
    const masked = await recorded(requests, { filters: [auth()] })
    expect(await readFile(masked, 'utf8')).not.toContain('x-api-key", "value": "k-bob')
    expect(replay(masked)[0]!.response.details).toBe('unknown_api_key')
    await open.pop()!.stop()
    await open.pop()!.stop()
    expect(differencesOf(await recorded(requests, { filters: [auth()] }, ['--unmasked']))).toEqual([[]])
  })

  test('is refused when its bodies were cut, its module is missing or it is none', async () => {
    const cut = await recorded([http('POST /', ['content-length: 5'], 'hello')], { filters: [guest()] }, ['--body', '2'])
    expect(refusalOf(() => replay(cut))).toContain('stream 1: POST /: Cannot replay the stream: seen a body that was cut, wanted')
    await writeFile(cut, '{"sluice_recording": 99}')
    expect(refusalOf(() => replay(cut))).toContain('seen 99, wanted sluice_recording 1')
    await writeFile(cut, '{')
    expect(refusalOf(() => replay(cut))).toContain('wanted JSON of sluice record')
  })
})

describe('a recording without', () => {
  test('its listener, or the file of a filter, says what is wanted', async () => {
    const file = await recorded([http('GET /items')], { filters: [guest()] })
    const recording = JSON.parse(await readFile(file, 'utf8')) as Recording
    expect(refusalOf(() => replay({ ...recording, listeners: [] }))).toContain('seen listener main, wanted its configuration')
    const remote = JSON.parse(JSON.stringify(recording).replaceAll(/"local":\{"filename":"[^"]*"\}/g, '"remote":{}')) as Recording
    expect(refusalOf(() => replay(remote))).toContain('seen no file of the filter guest, wanted its module in the option modules')
    expect(replay(remote, { modules: { guest: demo } })[0]!.differences).toEqual([])
  })
})

describe('sluice record', () => {
  test.each([
    [['record', '127.0.0.1:1'], 5, 'Cannot reach the admin interface'],
    [['record', 'http://['], 2, 'wanted http://host:port'],
  ])('%j fails', async (command, code, text) => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(await runProgram(command)).toBe(code)
    expect(said.mock.calls.flat().join('')).toContain(text)
    said.mockRestore()
  })
})

function refusalOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return String(error)
  }
  throw new Error('nothing was refused')
}

/** A port that nobody listens on. */
async function unusedPort(): Promise<number> {
  const server = new RawServer(() => {})
  const port = await server.start()
  await server.stop()
  return port
}
