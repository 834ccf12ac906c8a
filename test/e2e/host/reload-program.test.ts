/** `sluice run` reads its configuration again: at SIGHUP, when a file changes, and while many requests come. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { shareOf } from '../../support/counts.ts'
import { Programs } from './programs.ts'
import { answering, ask, bootstrap, GET, OK, parse, RawClient, RawServer, wasmFilter } from './setup.ts'

const programs = new Programs()
const open: RawServer[] = []

afterEach(async () => {
  programs.kill()
  for (const server of open.splice(0)) await server.stop()
})

afterAll(() => programs.remove())

function replying(text: string): object {
  return bootstrap({
    ports: [],
    routes: [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: text } } }],
  })
}

describe('sluice run', () => {
  it('reads its file again at SIGHUP, and goes on with what it had when that is refused', async () => {
    const { child, port, file, err } = await programs.serve(replying('old'))
    writeFileSync(file, JSON.stringify(replying('new')))
    child.kill('SIGHUP')
    await expect.poll(err).toContain('reloaded\n')
    expect(parse(await ask(port)).body).toBe('new')
    writeFileSync(file, '{')
    child.kill('SIGHUP')
    await expect.poll(err).toContain('not reloaded: the host goes on as before\n')
    expect(err()).toContain('SLUICE_CONFIG_SYNTAX')
    expect(parse(await ask(port)).body).toBe('new')
  })

  it('reads its file again when it, or a module that it names, changes with --watch', async () => {
    const filters = join(import.meta.dirname, '../../../filters/dist')
    const module = join(programs.folder, 'filter.wasm')
    copyFileSync(join(filters, 'stats.wasm'), module)
    const rules = JSON.stringify({ rules: [{ abort: { http_status: 418, percentage: '100%' } }] })
    const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: rules }
    const fault = wasmFilter(module, { root_id: '', configuration })
    const { port, file, err } = await programs.serve(replying('old'), '--watch')
    writeFileSync(file, JSON.stringify(replying('new')))
    await expect.poll(async () => parse(await ask(port)).body).toBe('new')
    copyFileSync(join(filters, 'fault.wasm'), module)
    writeFileSync(file, JSON.stringify(bootstrap({ ports: [], filters: [fault] })))
    await expect.poll(async () => parse(await ask(port)).status).toBe(418)
    const before = err().length
    copyFileSync(join(filters, 'ratelimit.wasm'), module)
    await expect.poll(() => err().slice(before)).toContain('not reloaded')
    expect(parse(await ask(port)).status).toBe(418)
  })

  it('sees a mounted volume change, which swaps a link beside the file', async () => {
    const volume = join(programs.folder, 'volume')
    const fill = (name: string, text: string): void => {
      mkdirSync(join(volume, name), { recursive: true })
      writeFileSync(join(volume, name, 'envoy.yaml'), JSON.stringify(replying(text)))
      symlinkSync(name, join(volume, 'next'))
      renameSync(join(volume, 'next'), join(volume, 'data'))
    }
    fill('first', 'old')
    symlinkSync(join('data', 'envoy.yaml'), join(volume, 'envoy.yaml'))
    const { port } = await programs.serveFile(join(volume, 'envoy.yaml'), '--watch')
    expect(parse(await ask(port)).body).toBe('old')
    fill('second', 'new')
    await expect.poll(async () => parse(await ask(port)).body).toBe('new')
  })

  it('reloads every 100 ms and ends at SIGTERM while requests come: none fails, memory stays', { timeout: 120_000 }, async () => {
    const server = answering(OK)
    open.push(server)
    const upstream = await server.start()
    const { child, port, file, err, ended } = await programs.serve(bootstrap({ ports: [upstream] }), '--concurrency', '2')
    const clients = Array.from({ length: 16 }, () => new KeepAliveClient(port))
    const served = clients.map((client) => client.run())
    const rounds = shareOf(600)
    const memory: number[] = []
    for (let round = 0; round < rounds; round++) {
      const headers = [{ header: { key: 'x-round', value: String(round) } }]
      const route = { match: { prefix: '/' }, route: { cluster: 'up' }, request_headers_to_add: headers }
      writeFileSync(file, JSON.stringify(bootstrap({ ports: [upstream], routes: [route] })))
      child.kill('SIGHUP')
      await new Promise((resolve) => setTimeout(resolve, 100))
      memory.push(residentMegabytes(child.pid!))
    }
    child.kill('SIGTERM')
    const requests = await Promise.all(served)
    expect(await ended).toBe(0)
    const reloads = err().split('reloaded\n').length - 1
    const [early, late] = [median(memory.slice(0, rounds / 2)), median(memory.slice(rounds / 2))]
    console.log(`${requests.reduce((sum, count) => sum + count, 0)} requests, ${reloads} reloads, RSS ${early} and ${late} MB`)
    expect(err()).not.toContain('not reloaded')
    expect(reloads).toBeGreaterThan(rounds / 4)
    expect(Math.min(...requests)).toBeGreaterThan(rounds)
    expect(late - early).toBeLessThan(64)
  })
})

/** Sends one request after the other until its connection is told to end, as a client that keeps connections does. */
class KeepAliveClient {
  readonly #client: RawClient

  constructor(port: number) {
    this.#client = new RawClient(port)
  }

  /** Number of answers; rejects when one is missing or not a 200. */
  async run(): Promise<number> {
    for (let count = 1; ; count++) {
      this.#client.text = ''
      const { status, headers } = parse(await this.#client.send(GET).until((text) => text.endsWith('ok')))
      if (status !== 200) throw new Error(`answer ${count} has status ${status}`)
      if (headers.get('connection') === 'close') return count
    }
  }
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
