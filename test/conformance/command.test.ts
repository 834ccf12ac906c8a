/** `sluice conformance` as a process: hosts that were started with its bootstrap, its reports and its exit codes. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CALLBACKS } from '../../host/abi/callbacks.ts'
import { kitBootstrap, pluginConfigOf } from '../../host/conformance/bootstrap.ts'
import { CHAPTERS } from '../../host/conformance/chapters/index.ts'
import { KIT_FUNCTIONS } from '../../host/conformance/functions.ts'
import { LAYOUT_PORTS, layoutFrom } from '../../host/conformance/layout.ts'
import { createHost } from '../../host/index.ts'
import { fetchOrReason } from '../drift/config-tools.ts'
import { EnvoyProcess } from '../support/envoy.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { freePortRange } from '../support/ports.ts'

const MAIN = join(import.meta.dirname, '../../host/cli/main.ts')
const { value: envoy, reason: missing } = await fetchOrReason(fetchEnvoy)

interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

function conformance(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'conformance', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

let first = 0
let url = ''
let stop: () => Promise<unknown>

beforeEach(async () => {
  stop = () => Promise.resolve()
  first = await freePortRange(LAYOUT_PORTS)
  url = `http://127.0.0.1:${first}`
})

afterEach(() => stop())

/** Our host with a bootstrap. */
async function serve(config: object): Promise<void> {
  const host = await createHost({ config, concurrency: 1, onLog: () => {} })
  stop = () => host.stop()
}

async function printedBootstrap(): Promise<object> {
  return parse((await conformance('--host-url', url, '--print-bootstrap')).out) as object
}

/** The chapters of a report with what it says of them. */
function verdicts(out: string): string[][] {
  return out
    .trim()
    .split('\n')
    .map((line) => line.split(/: \d+ rows, /))
}

describe('a host that was started with the printed bootstrap', () => {
  test.skipIf(envoy === null)(`a real Envoy agrees with the record${missing}`, { timeout: 90_000 }, async () => {
    const bootstrap = await printedBootstrap()
    const process = await EnvoyProcess.start(layoutFrom(first).adminPort, () => Promise.resolve(bootstrap))
    stop = () => process.stop()
    const { code, out, err } = await conformance('--host-url', url, '--no-deadly')
    expect(verdicts(out)).toEqual(CHAPTERS.map(({ name }) => [name, '0 differ']))
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test('our host does but for the differences that are known', { timeout: 90_000 }, async () => {
    await serve(await printedBootstrap())
    const { code, out, err } = await conformance('--host-url', url, '--known', 'sluice')
    expect(verdicts(out)).toEqual(CHAPTERS.map(({ name }) => [name, expect.stringMatching(/^0 differ(, \d+ known)?$/)]))
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test('known differences count when nobody says whose they are', async () => {
    await serve(kitBootstrap(layoutFrom(first)))
    const { code, out } = await conformance('--host-url', url, '--chapter', 'buffers', '--abi', '0.2.1')
    expect(code).toBe(1)
    expect(out).toContain('0.2.1 foreign-arguments / request_body / ')
  })
})

/** Our host, where no guest of ABI 0.2.1 may call this function. */
function bootstrapWithout(hostcall: string): object {
  const names = [...CALLBACKS, ...KIT_FUNCTIONS].map(({ name }) => name).filter((name) => name !== hostcall)
  const restriction = { allowed_capabilities: Object.fromEntries(names.map((name) => [name, {}])) }
  const plain = JSON.stringify(pluginConfigOf({ mount: 'main', version: '0.2.1' }))
  const restricted = `${plain.slice(0, -1)},"capability_restriction_config":${JSON.stringify(restriction)}}`
  return JSON.parse(JSON.stringify(kitBootstrap(layoutFrom(first))).replace(plain, restricted)) as object
}

describe('a host with one status changed', () => {
  const HOSTCALL = 'proxy_get_metric'

  test('fails in the rows of that hostcall and in no other', async () => {
    await serve(bootstrapWithout(HOSTCALL))
    const { code, out, err } = await conformance('--host-url', url, '--chapter', 'metrics', '--json')
    const { chapters } = JSON.parse(out) as { chapters: { chapter: string; differing: Record<string, unknown>[] }[] }
    const report = chapters[0]!
    expect({ code, err, chapter: report.chapter }).toEqual({ code: 1, err: '', chapter: 'metrics' })
    const seen = report.differing.map(({ version, hostcall, seen: status }) => `${version} ${hostcall} ${status}`)
    expect([...new Set(seen)]).toEqual([`0.2.1 ${HOSTCALL} 10`])
    expect(report.differing[0]).toMatchObject({ phase: expect.any(String), wanted: expect.stringMatching(/^\d/) })
  })

  test('is named row by row in text', async () => {
    await serve(bootstrapWithout(HOSTCALL))
    const { code, out } = await conformance('--host-url', url, '--chapter', 'metrics', '--abi', '0.2.1')
    expect(code).toBe(1)
    expect(out).toMatch(
      /^metrics: \d+ rows, \d+ differ\n0\.2\.1 \S+ \/ \S+ \/ proxy_get_metric\(.*\n {2}wanted .*\n {2}seen {3}10\n/,
    )
  })
})

describe('what cannot be judged', () => {
  test('a host that does not listen', async () => {
    const { code, err } = await conformance('--host-url', url)
    expect(code).toBe(2)
    expect(err).toMatch(
      /^error: 127\.0\.0\.1:\d+: Cannot reach the guest main-0\.2\.1: seen .*ECONNREFUSED.* \[SLUICE_CONFORMANCE_HOST\]/,
    )
  })

  test('a host without guests', async () => {
    const bootstrap = JSON.stringify(kitBootstrap(layoutFrom(first))).replaceAll(
      /\{"name":"kit".*?\},(?=\{"name":"envoy\.filters\.(?:http\.router|network\.tcp_proxy)")/g,
      '',
    )
    expect(bootstrap).not.toContain('guest-')
    await serve(JSON.parse(bootstrap) as object)
    const { code, out } = await conformance('--host-url', url, '--chapter', 'root', '--abi', '0.2.1')
    expect(code).toBe(1)
    expect(out).toContain("seen   no guest: 200 ''")
  })

  test('a port of the upstream that another has', async () => {
    await serve(kitBootstrap(layoutFrom(first)))
    const other = createServer().listen(layoutFrom(first).rpcPort, '127.0.0.1')
    const { code, err } = await conformance('--host-url', url, '--chapter', 'metrics')
    other.close()
    expect(code).toBe(2)
    expect(err).toMatch(/Cannot listen as the upstream of the host: seen .*EADDRINUSE.* \[SLUICE_CONFORMANCE_HOST\]/)
  })

  test.each([
    ['no host', []],
    ['another machine', ['--host-url', 'http://10.0.0.1:15000']],
    ['a port too high', ['--host-url', 'http://127.0.0.1:65535']],
    ['an unknown chapter', ['--host-url', 'http://127.0.0.1:15000', '--chapter', 'none']],
  ])('%s is wrong usage', async (_, args) => {
    const { code, err } = await conformance(...args)
    expect(code).toBe(2)
    expect(err).toContain('[SLUICE_CLI_USAGE]')
  })
})

test('docs/CONFORMANCE.md shows commands that are understood', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/CONFORMANCE.md'), 'utf8')
  const commands = [...text.matchAll(/^npx sluice conformance (.*)$/gm)].map((match) => match[1]!.replace(/ > .*/, ''))
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    const { code, err } = await conformance(...command.replace('http://127.0.0.1:15000', url).split(' '))
    if (command.includes('--print-bootstrap')) expect({ code, err }).toEqual({ code: 0, err: '' })
    else expect(err).toContain('SLUICE_CONFORMANCE_HOST')
  }
})

test('docs/CONFORMANCE.md tells the ports', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/CONFORMANCE.md'), 'utf8')
  const { ports, upstreamPort, rpcPort, peerPort, refusedPort, adminPort } = layoutFrom(0)
  const starts = [...ports].filter(([{ mount }]) => mount === 'main').map(([{ version }, port]) => [version, port])
  expect(starts).toEqual([
    ['0.2.1', 0],
    ['0.2.0', 8],
    ['0.1.0', 16],
  ])
  for (const [port, what] of [
    [upstreamPort, 'HTTP/1.1'],
    [rpcPort, 'HTTP/2'],
    [peerPort, 'connections'],
    [refusedPort, 'nothing'],
    [adminPort, 'free'],
  ]) {
    expect(text).toMatch(new RegExp(`^\\| ${port} \\| .*${what}`, 'm'))
  }
})
