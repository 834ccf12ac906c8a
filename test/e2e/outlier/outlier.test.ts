/** Endpoints that answer badly, in the host and in a real Envoy: who gets the requests, and what is counted. */
import { afterEach, describe, expect, it } from 'vitest'
import { freePorts } from '../../support/ports.ts'
import { address, ask, bootstrap, parse, RawServer } from '../host/setup.ts'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'

const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

const GOOD = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'
const BAD = 'HTTP/1.1 500 Bad\r\ncontent-length: 3\r\n\r\nbad'

/** An upstream whose answers the test changes. */
class Upstream {
  text: string
  readonly #server = new RawServer((socket, request) => {
    for (const _ of request.matchAll(/\r\n\r\n/g)) socket.write(this.text, 'latin1')
  })

  constructor(text: string) {
    this.text = text
    open.push(this.#server)
  }

  start(): Promise<number> {
    return this.#server.start()
  }
}

describe.each(PROXIES)('$name', ({ missing, start }) => {
  async function serve(
    ports: readonly number[],
    outlier_detection: object,
    workers = 1,
  ): Promise<{ proxy: Proxy; port: number }> {
    const config = (port: number): object =>
      bootstrap({ ports, listener: { address: address(port) }, cluster: { outlier_detection } })
    const started = await start(config, workers)
    open.push(started.proxy)
    return started
  }

  async function stat(proxy: Proxy, name: string): Promise<number> {
    const text = await proxy.admin(`/stats?filter=^cluster\\.up\\.${name.replaceAll('.', '\\.')}$`)
    return Number(/: (\d+)/.exec(text)?.[1])
  }

  /** Statuses of requests one after the other. */
  async function statuses(port: number, count: number): Promise<number[]> {
    const all: number[] = []
    for (let i = 0; i < count; i++) all.push(parse(await ask(port)).status)
    return all
  }

  it.skipIf(missing !== '').each([1, 2])(
    `%i workers: 7 answers of 5xx in a row take an endpoint out for its time ${missing}`,
    { timeout: 60_000 },
    async (workers) => {
      const [good, bad] = [new Upstream(GOOD), new Upstream(BAD)]
      const detection = { consecutive_5xx: 7, interval: '0.2s', base_ejection_time: '1.5s', max_ejection_percent: 100 }
      const { proxy, port } = await serve([await good.start(), await bad.start()], detection, workers)
      let before = 0
      while ((await stat(proxy, 'outlier_detection.ejections_active')) === 0) {
        if ((await statuses(port, 1))[0] === 500) before++
        expect(before).toBeLessThanOrEqual(8)
      }
      expect(before).toBeGreaterThanOrEqual(7)
      expect(await statuses(port, 8)).toEqual(Array.from({ length: 8 }, () => 200))
      const counts = ['detected_consecutive_5xx', 'enforced_consecutive_5xx', 'enforced_total', 'overflow']
      const seen = await Promise.all(counts.map((name) => stat(proxy, `outlier_detection.ejections_${name}`)))
      expect(seen).toEqual([1, 1, 1, 0])
      expect(await stat(proxy, 'membership_healthy')).toBe(1)
      expect(await proxy.admin('/clusters')).toContain('::health_flags::/failed_outlier_check')
      bad.text = GOOD
      await expect.poll(() => stat(proxy, 'outlier_detection.ejections_active'), { timeout: 10_000 }).toBe(0)
      expect(await stat(proxy, 'membership_healthy')).toBe(2)
    },
  )

  it.skipIf(missing !== '')(`an endpoint that nobody can connect to counts as one that answers 503 ${missing}`, async () => {
    const good = new Upstream(GOOD)
    const [nobody] = (await freePorts(1)) as [number]
    const detection = { consecutive_5xx: 2, interval: '0.2s', base_ejection_time: '60s', max_ejection_percent: 100 }
    const { proxy, port } = await serve([await good.start(), nobody], detection)
    let before = 0
    while ((await stat(proxy, 'outlier_detection.ejections_enforced_consecutive_5xx')) === 0) {
      if ((await statuses(port, 1))[0] === 503) before++
      // Envoy's main thread takes it out: requests may come before.
      expect(before).toBeLessThanOrEqual(4)
    }
    expect(before).toBeGreaterThanOrEqual(2)
    expect(await statuses(port, 6)).toEqual(Array.from({ length: 6 }, () => 200))
  })

  it.skipIf(missing !== '')(`no more than their share is taken out ${missing}`, async () => {
    const [good, bad] = [new Upstream(GOOD), new Upstream(BAD)]
    const detection = { consecutive_5xx: 2, interval: '60s', max_ejection_percent: 49 }
    const { proxy, port } = await serve([await good.start(), await bad.start()], detection)
    // Envoy's main thread sets the count of failures back: what fails before it has come to that is not counted anew.
    for (const overflow of [1, 2]) {
      expect((await statuses(port, 4)).filter((status) => status === 500)).toHaveLength(2)
      await expect.poll(() => stat(proxy, 'outlier_detection.ejections_overflow')).toBe(overflow)
    }
    expect(await stat(proxy, 'outlier_detection.ejections_active')).toBe(0)
  })
})
