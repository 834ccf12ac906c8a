/** `sluice run` as a process: readiness, signals, exit codes and texts. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import type { ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { guest } from '../../host/vm/wat.ts'
import { Programs, type Run } from './programs.ts'
import { address, answering, ask, bootstrap, GET, OK, parse, RawClient, RawServer, wasmFilter, type Choices } from './setup.ts'

const programs = new Programs()
const sluice = (...args: string[]): Run => programs.sluice(...args)
const configFile = (config: object | string): string => programs.configFile(config)
const serve = (choices: Choices, ...args: string[]) => programs.serveChoices(choices, ...args)

afterEach(() => programs.kill())

afterAll(() => programs.remove())

describe('sluice run', () => {
  it('says in one line where it listens, serves, and ends with 0 on SIGTERM', async () => {
    const upstream = answering(OK)
    const run = await serve({ ports: [await upstream.start()], admin: true })
    expect(run.out()).toMatch(/^ready: main 127\.0\.0\.1:\d+, admin 127\.0\.0\.1:\d+\n$/)
    expect(parse(await ask(run.port)).body).toBe('ok')
    const admin = /admin (127\.0\.0\.1:\d+)/.exec(run.out())![1]
    expect(await (await fetch(`http://${admin}/ready`)).text()).toBe('LIVE\n')
    run.child.kill('SIGTERM')
    expect(await run.ended).toBe(0)
    await upstream.stop()
  })

  it('lets an open stream end before it goes, and announces the end', async () => {
    const upstream = new RawServer(() => {})
    const run = await serve({ ports: [await upstream.start()] })
    const [idle, busy] = [new RawClient(run.port), new RawClient(run.port).send(GET)]
    await expect.poll(() => upstream.received.length).toBe(1)
    run.child.kill('SIGTERM')
    await idle.untilEnd()
    upstream.sockets[0]!.write(OK)
    expect(parse(await busy.untilEnd()).headers.get('connection')).toBe('close')
    expect(await run.ended).toBe(0)
    await upstream.stop()
  })

  it('waits no longer than the drain time', async () => {
    const upstream = new RawServer(() => {})
    const run = await serve({ ports: [await upstream.start()] }, '--drain-time-s', '1')
    const busy = new RawClient(run.port).send(GET)
    await expect.poll(() => upstream.received.length).toBe(1)
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(0)
    busy.close()
    await upstream.stop()
  })

  it('exits at once on the second signal', async () => {
    const upstream = new RawServer(() => {})
    const run = await serve({ ports: [await upstream.start()] })
    const busy = new RawClient(run.port).send(GET)
    await expect.poll(() => upstream.received.length).toBe(1)
    run.child.kill('SIGINT')
    await expect.poll(run.err).toContain('draining')
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(130)
    busy.close()
    await upstream.stop()
  })

  it('ends by /quitquitquit', async () => {
    const run = await serve({ ports: [], admin: true })
    const admin = /admin (127\.0\.0\.1:\d+)/.exec(run.out())![1]
    await fetch(`http://${admin}/quitquitquit`, { method: 'POST' })
    expect(await run.ended).toBe(0)
  })

  it.runIf(process.platform === 'linux')('streams 100 MB each way with flat memory', async () => {
    const size = 100 * 1024 * 1024
    let received = 0
    const upstream = new RawServer((socket, text) => {
      received += text.length
      if (received < size) return
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      for (let left = size; left > 0; left -= PIECE.length) socket.write(PIECE)
    })
    const run = await serve({ ports: [await upstream.start()] })
    const before = await memory(run.child, 'VmRSS')
    const client = new RawClient(run.port).send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`)
    for (let left = size; left > 0; left -= PIECE.length) if (!client.socket.write(PIECE)) await once(client.socket, 'drain')
    await client.until((text) => text.length > size)
    client.close()
    // Compiled code and dead buffers take about 60 MiB; a body that is collected anywhere takes 100 more.
    expect((await memory(run.child, 'VmHWM')) - before).toBeLessThan(90 * 1024)
    await upstream.stop()
  })
})

const PIECE = Buffer.alloc(64 * 1024, 'sluice')

/** A figure of /proc in KiB. */
async function memory(child: ChildProcess, name: string): Promise<number> {
  const text = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)![1])
}

describe('sluice run refuses', () => {
  it('an address that is in use, in one line', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const run = sluice('run', '-c', configFile(bootstrap({ ports: [], listener: { address: address(port) } })))
    expect(await run.ended).toBe(1)
    expect(run.err()).toBe(
      `error: 127.0.0.1:${port}: Cannot listen for 'main': seen the address is in use, wanted a free address of this machine [SLUICE_LISTEN_ADDRESS]\n`,
    )
    holder.close()
  })

  it.each([
    {
      title: 'an unknown flag',
      args: ['run', '--frobnicate'],
      code: 2,
      text: /^error: unknown option '--frobnicate' \[SLUICE_CLI_USAGE\]; see sluice --help\n$/,
    },
    {
      title: 'neither a configuration nor a project',
      args: ['run'],
      code: 2,
      text: /^error: .*package\.json: Cannot read the project: seen ENOENT.*\[SLUICE_PROJECT_INVALID\]; .*sluice init/,
    },
    {
      title: 'a bad count',
      args: ['run', '-c', 'x', '--concurrency', '0'],
      code: 2,
      text: /^error: .*--concurrency.*\[SLUICE_CLI_USAGE\]/,
    },
    { title: 'a bad level', args: ['run', '-c', 'x', '-l', 'loud'], code: 2, text: /^error: .*loud.*\[SLUICE_CLI_USAGE\]/ },
    { title: 'an unknown command', args: ['walk'], code: 2, text: /^error: .*walk.*\[SLUICE_CLI_USAGE\]/ },
    {
      title: 'a missing file',
      args: ['run', '-c', '/nowhere/x.yaml'],
      code: 1,
      text: /^error: \/nowhere\/x\.yaml: Cannot read the file: seen .* \[SLUICE_CONFIG_FILE\]\n$/,
    },
  ])('$title', async ({ args, code, text }) => {
    const run = sluice(...args)
    expect(await run.ended).toBe(code)
    expect(run.err()).toMatch(text)
    expect(run.out()).toBe('')
  })
})

describe('sluice run --mode validate', () => {
  const validate = async (config: object | string, ...more: string[]): Promise<Run & { readonly code: number | string }> => {
    const run = sluice('run', '--mode', 'validate', '-c', configFile(config), ...more)
    return { ...run, code: await run.ended }
  }

  it('accepts a good configuration without touching its address', async () => {
    const run = await validate(bootstrap({ ports: [1] }))
    expect([run.code, run.err()]).toEqual([0, ''])
    expect(run.out()).toMatch(/^configuration '.*' OK\n$/)
  })

  it.each([
    {
      title: 'an unknown field',
      choices: { listener: { frobnicate: 1 } },
      text: /static_resources\.listeners\[0\]\.frobnicate.*\(line \d+, column \d+\).*\[SLUICE_CONFIG_UNKNOWN_FIELD\]/,
    },
    { title: 'a wrong type', choices: { http: { stat_prefix: {} } }, text: /stat_prefix.*\[SLUICE_CONFIG_TYPE\]/ },
    {
      title: 'a missing cluster',
      choices: { routes: [{ match: { prefix: '/' }, route: { cluster: 'nowhere' } }] },
      text: /nowhere.*\[SLUICE_CONFIG_REFERENCE\]/,
    },
    { title: 'two clusters of one name', choices: { otherClusters: [{ name: 'up' }] }, text: /\[SLUICE_CONFIG_DUPLICATE\]/ },
    {
      title: 'an unreadable module',
      choices: { filters: [wasmFilter('/nowhere/x.wasm')] },
      text: /\/nowhere\/x\.wasm.*\[SLUICE_CONFIG_FILE\]/,
    },
  ])('refuses $title', async ({ choices, text }) => {
    const run = await validate(bootstrap({ ports: [1], ...choices }))
    expect(run.code).toBe(1)
    expect(run.err()).toMatch(text)
  })

  it.each([
    { title: 'no module at all', bytes: Buffer.from('text'), text: /Unable to create Wasm plugin guest: .*\[SLUICE_WASM_LOAD\]/ },
    {
      title: 'a module without ABI marker',
      bytes: Buffer.from('0061736d01000000', 'hex'),
      text: /Unable to create Wasm plugin guest: .*\[SLUICE_WASM_ABI\]/,
    },
    {
      title: 'a module of an unknown ABI version',
      bytes: guest('', '', '9_9_9'),
      text: /Missing or unknown Proxy-Wasm ABI version.*\[SLUICE_WASM_ABI\]/,
    },
    {
      title: 'an unknown import',
      bytes: guest('', '(import "env" "proxy_fly" (func (param i32) (result i32)))'),
      text: /missing import: env\.proxy_fly.*\[SLUICE_WASM_IMPORT\]/,
    },
    {
      title: 'an import of the wrong type',
      bytes: guest('', '(import "env" "proxy_log" (func (param i32) (result i32)))'),
      text: /import type mismatch: env\.proxy_log.*\[SLUICE_WASM_IMPORT\]/,
    },
    {
      title: 'an export of the wrong type',
      bytes: guest('(func (export "proxy_on_request_headers") (param i32) (result i32) (i32.const 0))'),
      text: /Bad function signature for: proxy_on_request_headers.*\[SLUICE_WASM_ABI\]/,
    },
  ])('refuses $title', async ({ bytes, text }) => {
    const file = join(programs.folder, 'bad.wasm')
    await writeFile(file, bytes)
    const run = await validate(bootstrap({ ports: [1], filters: [wasmFilter(file)] }))
    expect(run.code).toBe(1)
    expect(run.err()).toMatch(text)
  })

  it('prints every fault, as JSON when asked', async () => {
    const run = await validate(bootstrap({ ports: [1], listener: { one: 1, two: 2 } }), '--json')
    const faults = run
      .err()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string; path: string })
    expect(faults.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'SLUICE_CONFIG_UNKNOWN_FIELD static_resources.listeners[0].one',
      'SLUICE_CONFIG_UNKNOWN_FIELD static_resources.listeners[0].two',
    ])
  })
})
