/** Requests that name their endpoint, in host and Envoy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { ask, parse, bootstrap } from '../host/setup.ts'
import { EchoUpstream } from '../routes/echo.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 30_000
const HEADER = 'x-envoy-original-dst-host'
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`ORIGINAL_DST in host and Envoy${why}`, { timeout: LIMIT }, () => {
  let upstreams: readonly EchoUpstream[]
  let proxies: readonly Proxy[]

  beforeAll(async () => {
    upstreams = await Promise.all(['a', 'b'].map((name) => EchoUpstream.start(name)))
    const to = (cluster: string): object => ({ match: { prefix: `/${cluster}` }, route: { cluster } })
    const config = bootstrap({
      ports: [],
      admin: true,
      routes: ['plain', 'named', 'fixed'].map(to),
      otherClusters: [
        original('plain', {}),
        original('named', { http_header_name: 'X-To' }),
        original('fixed', { upstream_port_override: upstreams[1]!.port }),
      ],
    })
    proxies = await Promise.all([startHost(config), startEnvoy(config)])
  }, LIMIT)

  afterAll(async () => {
    await Promise.all([...proxies, ...upstreams].map((one) => one.stop()))
  })

  /** What both proxies answer: the upstream's name, or a status; `a` and `b` stand for the upstreams' ports. */
  async function both(path: string, fields: string): Promise<string[]> {
    const [a, b] = upstreams.map(({ port }) => String(port))
    const lines = fields.replaceAll(':a', `:${a}`).replaceAll(':b', `:${b}`)
    const request = `GET ${path} HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\n${lines}\r\n`
    const answers = await Promise.all(proxies.map(({ ports }) => ask(ports.get('main')!, request)))
    return answers.map(parse).map(({ status, headers, body }) => headers.get('x-upstream') ?? `${status} ${body}`)
  }

  test.each([
    ['an address', '/plain', `${HEADER}: 127.0.0.1:a\r\n`, 'a'],
    ['another one', '/plain', `${HEADER}: 127.0.0.1:b\r\n`, 'b'],
    ['the first of two', '/plain', `${HEADER}: 127.0.0.1:b\r\n${HEADER}: 127.0.0.1:a\r\n`, 'b'],
    ['an address in a header of its own', '/named', 'x-to: 127.0.0.1:a\r\n', 'a'],
    ['a port that is always the same', '/fixed', `${HEADER}: 127.0.0.1:a\r\n`, 'b'],
    ['no address', '/plain', '', '503 no healthy upstream'],
    ['the header of another cluster', '/named', `${HEADER}: 127.0.0.1:a\r\n`, '503 no healthy upstream'],
    ['a name', '/plain', `${HEADER}: localhost:a\r\n`, '503 no healthy upstream'],
    ['no port', '/plain', `${HEADER}: 127.0.0.1\r\n`, '503 no healthy upstream'],
    ['a port that is none', '/plain', `${HEADER}: 127.0.0.1:99999\r\n`, '503 no healthy upstream'],
    ['IPv6 without brackets', '/plain', `${HEADER}: ::1:a\r\n`, '503 no healthy upstream'],
    ['IPv4 in brackets', '/plain', `${HEADER}: [127.0.0.1]:a\r\n`, '503 no healthy upstream'],
    ['nothing', '/plain', `${HEADER}: \r\n`, '503 no healthy upstream'],
  ])('%s', async (_, path, fields, wanted) => {
    expect(await both(path, fields)).toEqual([wanted, wanted])
  })

  test('endpoints go when nobody asks for them, and bad addresses are counted', async () => {
    const count = async (name: string): Promise<number[]> => {
      const texts = await Promise.all(proxies.map((proxy) => proxy.admin(`/stats?filter=^cluster\\.plain\\.${name}$`)))
      return texts.map((text) => Number(text.split(': ')[1]))
    }
    expect(await count('original_dst_host_invalid')).toEqual([6, 6])
    // The upstreams keep connections until they are told otherwise.
    const last = 'x-answer: 200 ; connection: close\r\n'
    for (const port of ['a', 'b']) await both('/plain', `${HEADER}: 127.0.0.1:${port}\r\n${last}`)
    expect(await count('membership_total')).not.toContain(0)
    await expect.poll(() => count('membership_total'), { timeout: 10_000 }).toEqual([0, 0])
    expect(await both('/plain', `${HEADER}: 127.0.0.1:a\r\n`)).toEqual(['a', 'a'])
  })
})

function original(name: string, options: object): object {
  const original_dst_lb_config = { use_http_header: true, ...options }
  return { name, type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', cleanup_interval: '1s', original_dst_lb_config }
}
