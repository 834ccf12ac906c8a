/** A worker that dies: the others serve meanwhile, it is replaced after its back-off, and nothing of it stays. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { DnsServer } from '../../support/dns-server.ts'
import { descriptorsOf } from '../../support/process-size.ts'
import { httpCheck, Running, Upstream } from '../health/bench.ts'
import { answering, ask, OK, parse, RawClient, GET, staticCluster, type RawServer } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

const MORTAL = join(import.meta.dirname, 'mortal-worker.ts')
const CLIENTS = 24
let upstream: RawServer
let proxy: ChaosProxy
let dns: DnsServer | null = null
const running = new Running()

afterEach(async () => {
  await proxy.stop()
  await upstream.stop()
  await dns?.stop()
  dns = null
  await running.stop()
})

/** Asks until its connection ends; says how many answers came, and whether a request was open when it ended. */
class Asker {
  answers = 0
  hasEnded = false
  #isStopped = false
  readonly #client: RawClient
  readonly #done: Promise<void>

  constructor(port: number) {
    this.#client = new RawClient(port)
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
    this.#client.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#client.text = ''
      this.#client.send(GET)
      const text = await this.#client.until((one) => one.endsWith('ok')).catch(() => '')
      this.hasEnded = text === ''
      if (this.hasEnded) return
      if (parse(text).status !== 200) throw new Error(`answer ${this.answers} is ${text}`)
      this.answers++
      await sleep(5)
    }
  }
}

async function kill(times: number): Promise<void> {
  process.kill(proxy.pid, 'SIGUSR2')
  await expect.poll(() => proxy.output().split('killed by the test').length - 1).toBe(times)
}

/** The counter is there from the first time on. */
async function replaced(): Promise<number> {
  return proxy.stat('sluice.worker_replaced')
}

it('others serve while a dead worker is replaced, and each time it takes longer', { timeout: 60_000 }, async () => {
  upstream = answering(OK)
  const choices = { ports: [await upstream.start()] }
  proxy = await ChaosProxy.start(KINDS[0]!, { choices, workers: 2, nodeFlags: ['--import', MORTAL] })
  const before = descriptorsOf(proxy.pid)
  const askers = Array.from({ length: CLIENTS }, () => new Asker(proxy.port))
  await expect.poll(() => Math.min(...askers.map(({ answers }) => answers))).toBeGreaterThan(3)

  await kill(1)
  expect(proxy.output()).toContain('the next one starts in 1000 ms')
  await expect.poll(() => askers.some(({ hasEnded }) => hasEnded)).toBe(true)
  const living = askers.filter(({ hasEnded }) => !hasEnded)
  expect(living.length).toBeGreaterThan(0)
  // The dead one's are gone from the figures.
  await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(living.length)
  const answered = living.map(({ answers }) => answers)
  for (let i = 0; i < 20; i++) expect(parse(await ask(proxy.port)).status).toBe(200)
  expect(living.every(({ answers }, index) => answers > answered[index]!)).toBe(true)

  await expect.poll(replaced).toBe(1)
  await kill(2)
  expect(proxy.output()).toContain('the next one starts in 2000 ms')
  expect(parse(await ask(proxy.port)).status).toBe(200)
  await Promise.all(askers.map((asker) => asker.stop()))
  await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(0)
  expect(await proxy.stat('http.e2e.downstream_rq_active')).toBe(0)
  await expect.poll(replaced).toBe(2)
  await expect
    .poll(() => descriptorsOf(proxy.pid) - upstream.sockets.filter((socket) => !socket.destroyed).length)
    .toBeLessThanOrEqual(before)
})

const SERVFAIL = 2
const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'

/** The name `up.test`, looked up at the server of the test. */
function namedCluster(port: number): object {
  const endpoint = { address: { socket_address: { address: 'up.test', port_value: port } } }
  const resolvers = [{ socket_address: { address: '127.0.0.1', port_value: dns!.port } }]
  return {
    type: 'STRICT_DNS',
    dns_lookup_family: 'V4_ONLY',
    dns_refresh_rate: '0.1s',
    typed_dns_resolver_config: { name: 'cares', typed_config: { '@type': CARES, resolvers } },
    load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
}

it('a dead first worker takes no names with it', { timeout: 60_000 }, async () => {
  upstream = answering(OK)
  dns = await DnsServer.start()
  dns.answers.set('up.test', {})
  const choices = { ports: [], cluster: namedCluster(await upstream.start()) }
  proxy = await ChaosProxy.start(KINDS[0]!, { choices, workers: 2, nodeFlags: ['--import', MORTAL] })
  const answer = async (): Promise<number> => parse(await ask(proxy.port)).status
  expect(await answer()).toBe(503)
  await kill(1)
  dns.answers.set('up.test', { A: ['127.0.0.1'] })
  await expect.poll(answer).toBe(200)
  dns.answers.set('up.test', SERVFAIL)
  await expect.poll(() => proxy.stat('cluster.up.update_failure')).toBeGreaterThan(0)
  await expect.poll(replaced).toBe(1)
  for (let i = 0; i < 20; i++) expect(await answer()).toBe(200)
  expect(await proxy.stat('cluster.up.membership_total')).toBe(1)
})

it('what the first worker has found by health checks is kept by the next one', { timeout: 60_000 }, async () => {
  upstream = answering(OK)
  const [well, ill] = [new Upstream('well'), new Upstream('ill', { status: 503 })]
  running.add(await well.start())
  running.add(await ill.start())
  const checks = httpCheck({}, { healthy_threshold: 1000 })
  const choices = { ports: [], cluster: staticCluster('up', [well.port, ill.port], checks) }
  proxy = await ChaosProxy.start(KINDS[0]!, { choices, nodeFlags: ['--import', MORTAL] })
  ill.check = {}
  await kill(1)
  await expect.poll(replaced).toBe(1)
  for (let i = 0; i < 6; i++) expect(parse(await ask(proxy.port)).body).toBe('well')
  const [checksOfWell, checksOfIll] = [well.checks.length, ill.checks.length]
  await expect.poll(() => Math.min(well.checks.length - checksOfWell, ill.checks.length - checksOfIll)).toBeGreaterThan(2)
  expect(parse(await ask(proxy.port)).body).toBe('well')
  expect(await proxy.stat('cluster.up.health_check.healthy')).toBe(1)
})
