/** Modules that a configuration names on other machines: images in registries, and plain files as Envoy fetches them. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildImage, LAYOUTS } from '../../../host/oci/image/build-image.ts'
import { createHost, validateConfig, type Host, type MetricSnapshot } from '../../../host/index.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../host/oci/registry/transfer.ts'
import type { SluiceErrors } from '../../../host/errors.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { FakeRegistry } from '../../support/oci/fake-registry.ts'
import { indexOf, MemoryImage } from '../../support/oci/images.ts'
import { freePorts } from '../../support/ports.ts'
import { address, bootstrap, staticCluster, wasmFilter } from './setup.ts'

const MODULE = readFileSync(join(import.meta.dirname, '../../../filters/dist/fault.wasm'))
const SHA256 = createHash('sha256').update(MODULE).digest('hex')
/** What the filter answers to everything. */
const CONFIGURATION = {
  '@type': 'type.googleapis.com/google.protobuf.StringValue',
  value: '{"rules": [{"match": {}, "abort": {"http_status": 418, "percentage": "100%"}}]}',
}

const envoy = await fetchOrReason(fetchEnvoy)
const outerCache = process.env['SLUICE_CACHE']
let cache: string
let registry: FakeRegistry
const hosts: Host[] = []

beforeAll(async () => {
  registry = await FakeRegistry.start()
})

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'sluice-modules-'))
  process.env['SLUICE_CACHE'] = cache
  registry.requests.length = 0
})

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
  rmSync(cache, { recursive: true })
  if (outerCache === undefined) delete process.env['SLUICE_CACHE']
  else process.env['SLUICE_CACHE'] = outerCache
})

afterAll(() => registry.stop())

/** A configuration whose one filter comes from there, in the form that Istio's control plane sends. */
function configOf(
  uri: string,
  sha256 = '',
  variables: object = {},
  cluster = '_',
  otherClusters: readonly object[] = [],
): object {
  const remote = { http_uri: { uri, cluster, timeout: '5s' }, ...(sha256 === '' ? {} : { sha256 }) }
  const environment = Object.keys(variables).length === 0 ? {} : { environment_variables: { key_values: variables } }
  const filter = wasmFilter('', { configuration: CONFIGURATION }, { code: { remote }, ...environment })
  return bootstrap({ ports: [1], filters: [filter], otherClusters })
}

/** Nobody waits between tries here. */
const registries = { environment: {}, wait: () => Promise.resolve() }

async function statusOf(config: object): Promise<number> {
  const host = await createHost({ config, concurrency: 1, logLevel: 'off', registries })
  hosts.push(host)
  return (await fetch(`http://127.0.0.1:${host.addresses.get('main')!.port}/`)).status
}

/** Fetches as a start does, and starts nothing. */
function check(config: object): Promise<void> {
  return validateConfig({ config, registries })
}

async function errorOf(config: object): Promise<unknown> {
  const failure = await check(config).catch((error: SluiceErrors) => error)
  return (failure as SluiceErrors).errors[0]
}

async function publish(layout: (typeof LAYOUTS)[number], tag: string, name = 'fault'): Promise<string> {
  const description = { name, rootIds: [], abiVersions: ['0.2.1'] }
  const { manifest, blobs } = await buildImage(layout, { module: MODULE, description, created: null })
  await store(new MemoryImage(manifest, [manifest, ...blobs]), tag)
  return manifest.descriptor.digest
}

async function store(image: MemoryImage, tag: string): Promise<void> {
  const repository = openRepository(parseReference(`${registry.host}/team/fault`))
  await transferImage(image, image.root, repository, [tag])
  await repository.close()
  registry.requests.length = 0
}

function valueOf(host: Host | undefined, name: string): unknown {
  return host?.stats().find((metric: MetricSnapshot) => metric.name === name)
}

describe('oci://', () => {
  it.each(LAYOUTS)('runs the module of an image of the layout %s', async (layout) => {
    await publish(layout, layout)
    expect(await statusOf(configOf(`oci://${registry.host}/team/fault:${layout}`))).toBe(418)
  })

  it('runs what the digest pins, in the reference or beside it, without asking twice', async () => {
    const digest = await publish('oci', '1')
    expect(await statusOf(configOf(`oci://${registry.host}/team/fault@${digest}`))).toBe(418)
    expect(registry.requests.length).toBeGreaterThan(0)
    registry.requests.length = 0
    expect(await statusOf(configOf(`oci://${registry.host}/team/fault@${digest}`, digest.slice(7)))).toBe(418)
    await check(configOf(`oci://${registry.host}/team/fault:1`, digest.slice(7)))
    expect(registry.requests.length).toBe(0)
    expect(valueOf(hosts[1], 'wasm.remote_load_cache_hits')).toMatchObject({ value: 1 })
    expect(valueOf(hosts[0], 'wasm.remote_load_fetch_successes')).toMatchObject({ value: 1 })
  })

  it.each([
    ['a tag', '1', {}, 0],
    ['latest', 'latest', {}, 1],
    ['a tag that is always pulled', '1', { ISTIO_META_WASM_IMAGE_PULL_POLICY: 'Always' }, 1],
    ['a tag that is pulled if it is not present', '1', { ISTIO_META_WASM_IMAGE_PULL_POLICY: 'IfNotPresent' }, 0],
  ])('asks for %s as its policy says', async (_, tag, variables, requests) => {
    await publish('oci', tag)
    const config = configOf(`oci://${registry.host}/team/fault:${tag}`, '', variables)
    await check(config)
    registry.requests.length = 0
    await check(config)
    // The tag is looked up; the image is known.
    expect(registry.requests.map(({ method }) => method)).toEqual(Array(requests).fill('HEAD'))
  })

  it('runs the new image of a tag that moved', async () => {
    await publish('oci', 'latest')
    const config = configOf(`oci://${registry.host}/team/fault`)
    await check(config)
    await publish('oci', 'latest', 'another name')
    await statusOf(config)
    expect(valueOf(hosts[0], 'wasm.remote_load_fetch_successes')).toMatchObject({ value: 1 })
  })

  it('fetches again what was spoilt in the cache', async () => {
    const digest = await publish('oci', '1')
    const config = configOf(`oci://${registry.host}/team/fault@${digest}`)
    await check(config)
    const folder = join(cache, 'modules')
    const file = readdirSync(folder).find((name) => name.endsWith('.wasm'))!
    writeFileSync(join(folder, file), 'spoilt')
    expect(await statusOf(config)).toBe(418)
    expect(valueOf(hosts[0], 'wasm.remote_load_fetch_successes')).toMatchObject({ value: 1 })
  })

  it('refuses another image than the one that is pinned, and says where', async () => {
    const digest = await publish('oci', '1')
    const zeros = '0'.repeat(64)
    expect(await errorOf(configOf(`oci://${registry.host}/team/fault:1`, zeros))).toMatchObject({
      code: 'SLUICE_OCI_DIGEST',
      detail: { path: expect.stringMatching(/vm_config\.code\.remote$/), seen: digest, wanted: `sha256:${zeros}` },
    })
    expect(await errorOf(configOf(`oci://${registry.host}/team/fault@${digest}`, zeros))).toMatchObject({
      code: 'SLUICE_OCI_DIGEST',
    })
    expect(await errorOf(configOf(`oci://${registry.host}/team/fault:1`, SHA256))).toMatchObject({
      detail: { next: expect.stringContaining('not that of an index or of the module') },
    })
  })

  it('takes the digest of the image in an index, as Istio does', async () => {
    const description = { name: 'in an index', rootIds: [], abiVersions: [] }
    const { manifest, blobs } = await buildImage('oci', { module: MODULE, description, created: null })
    const index = indexOf([new MemoryImage(manifest, [manifest, ...blobs])])
    await store(index, 'index')
    const uri = `oci://${registry.host}/team/fault:index`
    await check(configOf(uri, manifest.descriptor.digest.slice(7)))
    expect(await errorOf(configOf(uri, index.digest.slice(7)))).toMatchObject({ code: 'SLUICE_OCI_DIGEST' })
  })

  it.each([
    ['a tag that is not there', 'team/fault:none', 'SLUICE_REGISTRY_NOT_FOUND'],
    ['no reference', 'Team/Fault', 'SLUICE_REGISTRY_REFERENCE'],
  ])('does not start with %s', async (_, path, code) => {
    expect(await errorOf(configOf(`oci://${registry.host}/${path}`))).toMatchObject({ code })
  })

  it('does not start when the registry is gone', async () => {
    const [port] = await freePorts(1)
    expect(await errorOf(configOf(`oci://127.0.0.1:${port}/team/fault:1`))).toMatchObject({ code: 'SLUICE_REGISTRY_NETWORK' })
  })

  it('refuses credentials in the configuration, and shows them to nobody', async () => {
    const config = configOf(`oci://${registry.host}/team/fault:1`, '', { ISTIO_META_WASM_IMAGE_PULL_SECRET: 'hush' })
    const error = await validateConfig({ config }).catch((thrown: SluiceErrors) => thrown)
    expect(String(error)).toContain('Credentials do not belong into a configuration')
    expect(String(error)).not.toContain('hush')
  })
})

describe('http://', () => {
  let server: Server
  let hits: string[]
  let answer: { status: number; body: Uint8Array | string; location?: string }

  beforeEach(async () => {
    hits = []
    answer = { status: 200, body: MODULE }
    server = createServer((request, response) => {
      hits.push(`${request.method} ${request.headers.host}${request.url}`)
      response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end(answer.body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  function config(sha256 = SHA256, uri = 'http://modules.test/fault.wasm?v=1'): object {
    const { port } = server.address() as { port: number }
    return configOf(uri, sha256, {}, 'modules', [staticCluster('modules', [port])])
  }

  it('is asked of the cluster, once', async () => {
    expect(await statusOf(config())).toBe(418)
    await check(config())
    expect(hits).toEqual(['GET modules.test/fault.wasm?v=1'])
  })

  it.skipIf(envoy.value === null)(`is asked as Envoy asks${envoy.reason}`, async () => {
    const [port = 0] = await freePorts(1)
    const { static_resources: resources } = config() as { static_resources: { listeners: [object] } }
    const listeners = [{ ...resources.listeners[0], address: address(port) }]
    delete process.env['SLUICE_CACHE']
    const process1 = await EnvoyProcess.start(0, () =>
      Promise.resolve({ admin: { address: address(0) }, static_resources: { ...resources, listeners } }),
    )
    try {
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(418)
    } finally {
      await process1.stop()
    }
    const asked = hits.splice(0)
    process.env['SLUICE_CACHE'] = cache
    await check(config())
    expect(hits).toEqual(asked)
  })

  it.each<[string, Partial<typeof answer>, string]>([
    ['other bytes', { body: 'other' }, 'SLUICE_OCI_DIGEST'],
    ['a status', { status: 404 }, 'SLUICE_WASM_FETCH'],
    ['a redirect, as Envoy does not', { status: 302, location: '/elsewhere' }, 'SLUICE_WASM_FETCH'],
    ['a fault that stays', { status: 503 }, 'SLUICE_REGISTRY_ANSWER'],
  ])('does not start with %s', async (_, change, code) => {
    answer = { ...answer, ...change }
    expect(await errorOf(config())).toMatchObject({ code, detail: { path: expect.stringMatching(/vm_config\.code\.remote$/) } })
  })

  it.each([
    ['no sha256', () => config('')],
    ['no hex', () => config('x'.repeat(64))],
    ['another scheme', () => config(SHA256, 'ftp://modules.test/a')],
    ['no path', () => config(SHA256, 'http://modules.test')],
    ['an unknown cluster', () => configOf('http://modules.test/a', SHA256, {}, 'nowhere')],
  ])('is refused with %s before anything is sent', async (_, make) => {
    await expect(validateConfig({ config: make() })).rejects.toMatchObject({ name: 'SluiceErrors' })
    expect(hits).toEqual([])
  })
})
