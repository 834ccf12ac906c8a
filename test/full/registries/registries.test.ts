/** A third registry, and two more tools that read what we push and write what we pull. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, LAYOUTS, type Layout } from '../../../host/oci/image/build-image.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../host/oci/registry/port.ts'
import { pullModule } from '../../../host/oci/registry/pull.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../host/oci/registry/transfer.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { goProgram } from '../../support/go-program.ts'
import { imageOf, indexOf, MemoryImage } from '../../support/oci/images.ts'
import { orasLibrary, runOras } from '../../support/oci/oras.ts'
import { HTPASSWD, PASSWORD, startDistribution3, USERNAME, type TestRegistry } from '../../support/oci/registries.ts'

const run = promisify(execFile)
const MODULE = readFileSync(join(import.meta.dirname, '../../../filters/dist/fault.wasm'))
const CONFIG_TYPE = 'application/vnd.module.wasm.config.v1+json'
const CONTENT_TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'

const folder = mkdtempSync(join(tmpdir(), 'sluice-registries-'))
const distribution = await fetchOrReason(() => goProgram('registry'))
const regctl = await fetchOrReason(() => goProgram('regctl'))
const oras = await fetchOrReason(orasLibrary)
const wasmpull = await fetchOrReason(() => goProgram('wasmpull'))
const reasons = [distribution, regctl, oras, wasmpull].map(({ reason }) => reason).join('')
const opened: RegistryPort[] = []
let registry: TestRegistry

beforeAll(async () => {
  if (reasons !== '') return
  registry = await startDistribution3()
  writeFileSync(join(folder, 'plugin.wasm'), MODULE)
  writeFileSync(join(folder, 'config.json'), '{"type":"envoy_proxy","abiVersions":["0.2.1"],"config":{"root_ids":[]}}')
})

afterAll(async () => {
  for (const repository of opened) await repository.close()
  await registry?.stop()
  rmSync(folder, { recursive: true })
})

function open(name = 'team/fault'): RegistryPort {
  const repository = openRepository(parseReference(`${registry.host}/${name}`), { environment: {} })
  opened.push(repository)
  return repository
}

async function push(layout: Layout): Promise<MemoryImage> {
  const description = { name: 'fault', rootIds: [], abiVersions: ['0.2.1'] }
  const { manifest, blobs } = await buildImage(layout, { module: MODULE, description, created: null })
  const image = new MemoryImage(manifest, [manifest, ...blobs])
  await transferImage(image, image.root, open(), [layout])
  return image
}

const pull = (reference: string): ReturnType<typeof pullModule> => {
  const parsed = parseReference(reference)
  return pullModule(open(parsed.repository), parsed)
}

describe.skipIf(reasons !== '')(`Distribution 3${reasons}`, () => {
  it.each(LAYOUTS)('keeps the layout %s', async (layout) => {
    const { digest } = await push(layout)
    const pulled = await pull(`${registry.host}/team/fault:${layout}`)
    expect([pulled.manifestDigest, pulled.layout]).toEqual([digest, layout])
  })

  it('keeps an index, large blobs in pieces, referrers, and forgets what was deleted', async () => {
    const index = indexOf([imageOf(['one']), imageOf(['two'])])
    await transferImage(index, index.root, open(), ['index'])
    expect((await open().resolve('index'))?.digest).toBe(index.digest)
    const large = imageOf([Buffer.alloc(1_000_000, 7)])
    const pieces = openRepository(parseReference(`${registry.host}/team/fault`), {
      environment: {},
      limits: { chunkBytes: 300_000 },
    })
    opened.push(pieces)
    await transferImage(large, large.root, pieces, ['large'])
    const note = imageOf(['note'], { artifactType: 'test/note', subject: large.root.descriptor })
    await transferImage(note, note.root, open(), [])
    expect((await open().listReferrers(large.digest)).map(({ digest }) => digest)).toEqual([note.digest])
    await open().deleteManifest(large.digest)
    expect(await open().resolve(large.digest)).toBe(null)
  })

  it('takes a password over TLS', async () => {
    const tls = await makeCertificate(folder)
    const guarded = await startDistribution3({ tls, htpasswd: HTPASSWD })
    const credentials = { kind: 'basic', username: USERNAME, password: PASSWORD } as const
    const repository = openRepository(
      parseReference(`${guarded.host}/a/b`),
      { environment: {}, caFile: tls.authority },
      credentials,
    )
    try {
      const image = imageOf(['one'])
      await transferImage(image, image.root, repository, ['1'])
      expect((await repository.resolve('1'))?.digest).toBe(image.digest)
    } finally {
      await repository.close()
      await guarded.stop()
    }
  })
})

describe.skipIf(reasons !== '')(`regctl${reasons}`, () => {
  const runRegctl = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') }
    return (await run(regctl.value!, args, { env, cwd: folder })).stdout.trim()
  }

  beforeAll(async () => {
    if (reasons === '') await runRegctl('registry', 'set', registry.host, '--tls', 'disabled')
  })

  it.each(LAYOUTS)('reads the layout %s', async (layout) => {
    const { digest, root } = await push(layout)
    const reference = `${registry.host}/team/fault:${layout}`
    expect(await runRegctl('image', 'digest', reference)).toBe(digest)
    expect(await runRegctl('manifest', 'get', '--format', 'raw-body', reference)).toBe(String(root.bytes))
    await runRegctl('image', 'copy', reference, `${registry.host}/team/by-regctl:${layout}`)
    expect((await pull(`${registry.host}/team/by-regctl:${layout}`)).manifestDigest).toBe(digest)
  })

  it('writes an artifact that we read, and Istio too', async () => {
    const reference = `${registry.host}/team/by-regctl:artifact-put`
    const files = [
      '--file',
      'config.json',
      '--file-media-type',
      CONFIG_TYPE,
      '--file',
      'plugin.wasm',
      '--file-media-type',
      CONTENT_TYPE,
    ]
    await runRegctl('artifact', 'put', '--artifact-type', CONFIG_TYPE, ...files, reference)
    const pulled = await pull(reference)
    expect(Buffer.from(pulled.module)).toEqual(MODULE)
    expect(pulled.manifestDigest).toBe(await runRegctl('image', 'digest', reference))
    expect((await run(wasmpull.value!, [reference])).stdout).toContain(pulled.manifestDigest.slice(7))
  })
})

describe.skipIf(reasons !== '')(`the Python library oras${reasons}`, () => {
  const PUSH = `
import sys, oras.client
client = oras.client.OrasClient(insecure=True)
answer = client.push(target=sys.argv[1], files=sys.argv[2:], disable_path_validation=True)
print(answer.headers["Docker-Content-Digest"])
`
  const PULL = `
import sys, oras.client
client = oras.client.OrasClient(insecure=True)
for path in client.pull(target=sys.argv[1], outdir=sys.argv[2]): print(path)
`

  it('writes an artifact that we read', async () => {
    const reference = `${registry.host}/team/by-oras:1`
    const digest = await runOras(
      oras.value!,
      PUSH,
      [reference, `config.json:${CONFIG_TYPE}`, `plugin.wasm:${CONTENT_TYPE}`],
      folder,
    )
    const pulled = await pull(reference)
    expect(pulled.manifestDigest).toBe(digest)
    expect(Buffer.from(pulled.module)).toEqual(MODULE)
  })

  it('reads an artifact that we push', async () => {
    const image = await push('artifact')
    const out = await runOras(oras.value!, PULL, [`${registry.host}/team/fault:artifact`, 'out'], folder)
    const contents = out.split('\n').map((path) => readFileSync(path))
    expect(contents.some((bytes) => bytes.equals(MODULE))).toBe(true)
    expect(image.contents.length).toBe(3)
  })
})
