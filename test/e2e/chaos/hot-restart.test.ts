/** One process after the other serves the same addresses under load: no request fails, and what the kernel may reset is counted. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { HOT_RESTART_VERSION } from '../../../host/admin/server-endpoints.ts'
import { adminText } from '../../support/admin.ts'
import { freePorts } from '../../support/ports.ts'
import { Programs, type Run } from '../host/programs.ts'
import { address, answering, ask, bootstrap, GET, OK, parse, RawClient, type RawServer } from '../host/setup.ts'

const CLIENTS = 8
/** Connections of one request each, one after the other. */
const SHORT_CLIENTS = 2
/** Of those, how many the kernel may have given to sockets that close, for each process that leaves. */
const MOST_RESETS = 16

const programs = new Programs()
let upstream: RawServer | null = null

afterEach(async () => {
  programs.kill()
  await upstream?.stop()
})

/** Keeps connections as long as it may; a connection that was never answered on may be reset. */
class KeepAliveClients {
  answers = 0
  resets = 0
  #isOver = false
  readonly #port: number
  readonly #runs: Promise<void>[]

  constructor(port: number) {
    this.#port = port
    this.#runs = [
      ...Array.from({ length: CLIENTS }, () => this.#run(Infinity)),
      ...Array.from({ length: SHORT_CLIENTS }, () => this.#run(1)),
    ]
  }

  /** Rejects when a request on a connection that worked was not answered. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#runs)
  }

  async #run(perConnection: number): Promise<void> {
    while (!this.#isOver) {
      const client = new RawClient(this.#port)
      await this.#ask(client, perConnection)
      client.close()
    }
  }

  async #ask(client: RawClient, most: number): Promise<void> {
    for (let count = 0; count < most && !this.#isOver; count++) {
      client.text = ''
      const text = await client
        .send(GET)
        .until((seen) => seen.endsWith('ok'))
        .catch(() => '')
      if (text === '' && count === 0) return void this.resets++
      const { status, headers } = parse(text)
      if (status !== 200) throw new Error(`answer ${count} of a connection is ${JSON.stringify(text)}`)
      this.answers++
      if (headers.get('connection') === 'close') return
      await sleep(4)
    }
  }
}

/** With `name` the listener also has a socket file. */
async function configure(name = ''): Promise<{ port: number; adminPort: number; file: string; config: object }> {
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  upstream = answering(OK)
  const file = join(programs.folder, name)
  const additional = name === '' ? {} : { additional_addresses: [{ address: { pipe: { path: file } } }] }
  const config = bootstrap({ ports: [await upstream.start()], listener: { address: address(port), ...additional } })
  return { port, adminPort, file, config: { ...config, admin: { address: address(adminPort) } } }
}

describe('a process that takes over', () => {
  it('serves before the one before it goes, and no request fails', { timeout: 60_000 }, async () => {
    const { port, adminPort, config } = await configure()
    let running: Run = await programs.serve(config, '--concurrency', '2')
    const clients = new KeepAliveClients(port)
    await expect.poll(() => clients.answers).toBeGreaterThan(100)
    for (const epoch of [1, 2]) {
      const next = await programs.serve(config, '--concurrency', '2', '--restart-epoch', String(epoch))
      expect(await running.ended).toBe(0)
      const info = JSON.parse(await adminText(adminPort, '/server_info')) as object
      expect(info).toMatchObject({ state: 'LIVE', command_line_options: { restart_epoch: epoch } })
      const answers = clients.answers
      await expect.poll(() => clients.answers - answers).toBeGreaterThan(100)
      running = next
    }
    await clients.stop()
    console.log(`${clients.answers} answers, ${clients.resets} new connections reset`)
    expect(clients.resets).toBeLessThanOrEqual(2 * MOST_RESETS)
    expect(running.err()).toBe('')
  })

  it('has its socket file in the place of the one before', { timeout: 60_000 }, async () => {
    const { config, file } = await configure('main.sock')
    const before = await programs.serve(config)
    await programs.serve(config, '--restart-epoch', '1')
    expect(await before.ended).toBe(0)
    const client = connect(file)
    client.write(GET)
    const [bytes] = (await once(client, 'data')) as [Buffer]
    expect(parse(bytes.latin1Slice()).status).toBe(200)
    client.destroy()
  })

  it('goes on when the one before ends by itself meanwhile', { timeout: 60_000 }, async () => {
    const { port, adminPort, config } = await configure()
    const before = createServer((_request, response) => {
      response.end(HOT_RESTART_VERSION)
      before.close()
    }).listen(adminPort, '127.0.0.1')
    await once(before, 'listening')
    await programs.serve(config, '--restart-epoch', '1')
    expect(parse(await ask(port)).status).toBe(200)
    expect(await adminText(adminPort, '/ready')).toBe('LIVE\n')
  })

  it.each([
    ['without one before it', (config: object) => config, '1', /SLUICE_RUN_RESTART/],
    [
      'without an admin interface',
      (config: object) => ({ ...config, admin: undefined }),
      '1',
      /admin\.address: Cannot take over/,
    ],
  ])('is refused %s', async (_, change, epoch, error) => {
    const { config } = await configure()
    const run = programs.sluice('run', '-c', programs.configFile(change(config)), '-l', 'off', '--restart-epoch', epoch)
    expect(await run.ended).toBe(1)
    expect(run.err()).toMatch(error)
  })

  it('changes nothing when its own configuration is refused', { timeout: 60_000 }, async () => {
    const { port, config } = await configure()
    const { child } = await programs.serve(config)
    const bad = programs.configFile({ ...config, what: 1 })
    const run = programs.sluice('run', '-c', bad, '-l', 'off', '--restart-epoch', '1')
    expect(await run.ended).not.toBe(0)
    expect(parse(await ask(port)).status).toBe(200)
    expect(child.exitCode).toBeNull()
  })
})
