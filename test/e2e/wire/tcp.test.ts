/**
 * Connections through host and Envoy from one configuration: what both ends get and see of each other's end, and the
 * access-log line, are equal whoever ends the connection, and when.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { playConnection } from '../../cases/judges/socket-connection.ts'
import type { ConnectionMove } from '../../../host/testing/cases/table.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { TcpPeer, TcpUpstream } from '../../../host/conformance/tcp-peer.ts'
import { address, staticCluster } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from './proxies.ts'

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const TYPE = 'type.googleapis.com/envoy.extensions'
const LOG = '%DOWNSTREAM_REMOTE_ADDRESS%\t%RESPONSE_FLAGS%\t%DOWNSTREAM_LOCAL_CLOSE_REASON%\t%BYTES_RECEIVED%\t%BYTES_SENT%\n'
const MEGABYTE = 1024 * 1024
const LIMIT = 60_000

/** Name, listener, what happens. */
const ROWS: readonly (readonly [string, string, readonly ConnectionMove[]])[] = [
  [
    'the client ends first',
    'up',
    [{ client: 'a' }, { upstream: 'b' }, { end: 'client' }, { upstream: 'c' }, { end: 'upstream' }],
  ],
  ['the upstream ends first', 'up', [{ client: 'a' }, { end: 'upstream' }, { client: 'b' }, { end: 'client' }]],
  ['the upstream ends before anything was said', 'up', [{ end: 'upstream' }, { client: 'a' }, { end: 'client' }]],
  ['the upstream speaks first and ends', 'up', [{ upstream: 'a' }, { end: 'upstream' }, { end: 'client' }]],
  ['the upstream resets before anything was said', 'up', [{ reset: 'upstream' }]],
  ['the upstream resets after the client has spoken', 'up', [{ client: 'a' }, { reset: 'upstream' }]],
  ['the upstream resets after it has answered', 'up', [{ client: 'a' }, { upstream: 'b' }, { reset: 'upstream' }]],
  ['the upstream resets after the client has ended', 'up', [{ client: 'a' }, { end: 'client' }, { reset: 'upstream' }]],
  ['the client resets before anything was said', 'up', [{ reset: 'client' }]],
  ['the client resets after the answer', 'up', [{ client: 'a' }, { upstream: 'b' }, { reset: 'client' }]],
  ['the client resets after the upstream has ended', 'up', [{ upstream: 'a' }, { end: 'upstream' }, { reset: 'client' }]],
  [
    'a megabyte each way',
    'up',
    [
      { client: { repeat: 'x', times: MEGABYTE } },
      { upstream: { repeat: 'y', times: MEGABYTE } },
      { end: 'client' },
      { end: 'upstream' },
    ],
  ],
  ['nothing is said for too long', 'idle', [{ client: 'a' }, { wait: '500ms' }]],
  ['the connection has lived long enough', 'short', [{ client: 'a' }, { wait: '500ms' }]],
  ['the upstream refuses', 'refused', [{ wait: '100ms' }]],
  ['there is no endpoint', 'empty', [{ wait: '100ms' }]],
  ['there is no such cluster', 'nobody', [{ wait: '100ms' }]],
]

describe.skipIf(program === null)(`connections through host and Envoy${missing}`, () => {
  let folder = ''
  let upstream: TcpUpstream
  const proxies: Proxy[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-tcp-'))
    upstream = await TcpUpstream.start()
    const [refusing] = await freePorts(1)
    const bootstrap = bootstrapOf(upstream.port, refusing!, join(folder, 'access.log'))
    proxies.push(await startHost(bootstrap), await startEnvoy(bootstrap))
  }, LIMIT)

  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop()
    await upstream.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** The fields of a connection's line behind our address. */
  async function logLine(localPort: number): Promise<readonly [string, string]> {
    const start = `127.0.0.1:${localPort}\t`
    const find = (): string | undefined =>
      readFileSync(join(folder, 'access.log'), 'latin1')
        .split('\n')
        .findLast((line) => line.startsWith(start))
    const line = await poll(find, (found) => found !== undefined, 5000)
    return [line?.slice(start.length) ?? '(no line)', '']
  }

  it.each(ROWS)('%s', { timeout: LIMIT }, async (_, listener, script) => {
    const [host, envoy] = proxies
    const step = { script, expect: { flags: '' } }
    const seen = await playConnection(step, host!.ports.get(listener)!, upstream, logLine)
    expect(seen).toEqual(await playConnection(step, envoy!.ports.get(listener)!, upstream, logLine))
    expect(seen.flags).not.toBe('(no line)')
  })

  it.each([
    ['the host', 0],
    ['Envoy', 1],
  ])('%s holds an upstream whose client does not read, and loses nothing', { timeout: LIMIT }, async (_, index) => {
    const number = upstream.peers.length
    const client = await TcpPeer.dial(proxies[index]!.ports.get('up')!)
    const peer = (await upstream.peer(number, 5000))!
    client.socket.pause()
    const size = 64 * MEGABYTE
    peer.send('z'.repeat(size))
    // All buffers on the way hold less.
    await poll(
      () => peer.socket.writableLength,
      (left) => left === 0,
      500,
    )
    expect(peer.socket.writableLength).toBeGreaterThan(0)
    client.socket.resume()
    expect(
      await poll(
        () => client.text.length,
        (length) => length === size,
        30_000,
      ),
    ).toBe(size)
    client.destroy()
  })
})

function bootstrapOf(port: number, refusing: number, accessLog: string): object {
  const log = {
    name: 'file',
    typed_config: {
      '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`,
      path: accessLog,
      log_format: { text_format_source: { inline_string: LOG } },
    },
  }
  const listener = (name: string, cluster: string, more: object = {}): object => {
    const proxy = {
      '@type': `${TYPE}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: name,
      cluster,
      access_log: [log],
      ...more,
    }
    return { name, address: address(0), filter_chains: [{ filters: [{ name: 'tcp', typed_config: proxy }] }] }
  }
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        listener('up', 'up'),
        listener('idle', 'up', { idle_timeout: '0.2s' }),
        listener('short', 'up', { max_downstream_connection_duration: '0.2s' }),
        listener('refused', 'refused', { max_connect_attempts: 3 }),
        listener('empty', 'empty'),
        listener('nobody', 'nobody'),
      ],
      clusters: [
        { ...staticCluster('up', [port]), connect_timeout: '1s' },
        { ...staticCluster('refused', [refusing]), connect_timeout: '1s' },
        { name: 'empty', connect_timeout: '1s', load_assignment: { cluster_name: 'empty' } },
      ],
    },
  }
}
