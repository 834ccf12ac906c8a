/** Registries behind a proxy, and those that a proxy must not see. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { FakeRegistry } from '../../../support/oci/fake-registry.ts'

let registry: FakeRegistry
let proxy: Server
let asked: string[]
const sockets = new Set<Socket>()

beforeEach(async () => {
  registry = await FakeRegistry.start()
  asked = []
  proxy = createServer()
  proxy.on('connection', (socket: Socket) => sockets.add(socket))
  proxy.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '')
    const upstream = connect(Number(registry.host.split(':')[1]), '127.0.0.1')
    sockets.add(upstream)
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    client.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => client.destroy()).pipe(client)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  proxy.close()
  await registry.stop()
})

async function tagsOf(name: string, more: Record<string, string> = {}): Promise<string[]> {
  const { port } = proxy.address() as { port: number }
  const environment = { HTTP_PROXY: `http://127.0.0.1:${port}`, HTTPS_PROXY: `http://127.0.0.1:${port}`, ...more }
  const repository = openRepository(parseReference(name), { environment, plainHttp: true })
  try {
    return await repository.listTags()
  } finally {
    await repository.close()
  }
}

it('a registry is asked by way of the proxy of the environment', async () => {
  registry.manifests.set('a/b:1', { type: '', bytes: Buffer.alloc(0) })
  expect(await tagsOf('registry.test:5000/a/b')).toEqual(['1'])
  expect(asked).toEqual(['registry.test:5000'])
  expect(registry.requests[0]?.headers.host).toBe('registry.test:5000')
})

it('a registry that NO_PROXY names is not', async () => {
  await expect(tagsOf('registry.test:5000/a/b', { NO_PROXY: 'registry.test' })).rejects.toMatchObject({
    code: 'SLUICE_REGISTRY_NETWORK',
  })
  expect(asked).toEqual([])
})

it('a registry on this machine never is', async () => {
  expect(await tagsOf(`${registry.host}/a/b`)).toEqual([])
  expect(asked).toEqual([])
})
