/**
 * The whole way of a filter into a mesh: pushed to a real registry, named by a manifest of ours, delivered by Istio's own
 * generators, fetched by Istio's own agent, run by a stock Envoy. And `istioctl` judges the manifests.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FilterDeployment } from '../../../host/manifest/deployment.ts'
import { renderManifest, SURFACES } from '../../../host/manifest/render.ts'
import { buildImage } from '../../../host/oci/image/build-image.ts'
import { LayoutFolder } from '../../../host/oci/image/layout-folder.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import { pushImage } from '../../../host/oci/registry/push.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { root } from '../../../tools/checks/sources.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { FULL } from '../../host/manifest/deployments.ts'
import { goProgram } from '../../support/go-program.ts'
import { startCraneRegistry, type TestRegistry } from '../../support/oci/registries.ts'
import { EMPTY_ANSWER } from '../../../host/testing/cases/script.ts'
import { RecordingUpstream } from '../../support/upstream.ts'
import { Mesh } from './mesh.ts'

const SURFACES_OF_ISTIO = ['istio-wasmplugin', 'istio-trafficextension', 'istio-envoyfilter']
const LIMITS = { limits: [{ name: 'all', token_bucket: { max_tokens: 2, fill_interval: '60s' } }] }
const { value: programs, reason } = await fetchOrReason(async () => {
  // One after the other: they share most of what is compiled.
  const mesh = await goProgram('istio')
  return { mesh, istioctl: await goProgram('istioctl') }
})

function render(name: string, deployment: FilterDeployment): string {
  return renderManifest(
    SURFACES.find((surface) => surface.name === name)!,
    deployment,
  )
}

describe.skipIf(programs === null)(`Istio${reason}`, () => {
  let folder = ''
  let registry: TestRegistry
  let upstream: RecordingUpstream
  let deployment: FilterDeployment

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-istio-'))
    registry = await startCraneRegistry()
    upstream = await RecordingUpstream.start(() => ({ ...EMPTY_ANSWER, body: 'served' }))
    const reference = `${registry.host}/filters/ratelimit:1.0.0`
    const digest = await push(reference)
    const module = { kind: 'image', reference, digest } as const
    deployment = { name: 'ratelimit', namespace: 'default', rootId: 'ratelimit', module, config: LIMITS, selector: { app: 'gw' } }
  })
  afterAll(async () => {
    await upstream.close()
    await registry.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** As `sluice pack` and `sluice push` do. */
  async function push(reference: string): Promise<string> {
    const description = { name: 'ratelimit', rootIds: [], abiVersions: ['0.2.1'] }
    const module = readFileSync(join(root, 'filters/dist/ratelimit.wasm'))
    const { manifest, blobs } = await buildImage('oci', { module, description, created: null })
    const layout = await LayoutFolder.create(join(folder, 'image'))
    for (const blob of blobs) await layout.putBlob(blob)
    await layout.putManifest('1.0.0', manifest)
    const target = parseReference(reference)
    const repository = openRepository(target)
    await pushImage(layout, manifest, repository, target, { tags: [], ifAbsent: false, dryRun: false })
    await repository.close()
    return manifest.descriptor.digest
  }

  /** Statuses of three requests through a gateway to which the manifest was applied. */
  async function statuses(manifest: string): Promise<number[]> {
    const mesh = await Mesh.start(programs!.mesh, manifest, upstream.port)
    try {
      const seen: number[] = []
      for (let i = 0; i < 3; i++) seen.push((await fetch(`http://127.0.0.1:${mesh.port}/`)).status)
      if (seen.includes(404) || seen.includes(500)) console.error(mesh.log())
      return seen
    } finally {
      await mesh.stop()
    }
  }

  test.each(SURFACES_OF_ISTIO)('a pushed filter that is applied by %s runs in a stock Envoy', async (name) => {
    const gateway = name === 'istio-envoyfilter' ? { mode: 'gateway' as const } : {}
    expect(await statuses(render(name, { ...deployment, ...gateway }))).toEqual([200, 200, 429])
  })

  test('a pin that does not fit closes the gateway, unless the filter may fail open', async () => {
    const module = { ...deployment.module, digest: `sha256:${'0'.repeat(64)}` } as FilterDeployment['module']
    expect(await statuses(render('istio-wasmplugin', { ...deployment, module }))).toEqual([403, 403, 403])
    const open = { ...deployment, module, failure: 'open' as const }
    expect(await statuses(render('istio-wasmplugin', open))).toEqual([200, 200, 200])
  })

  describe('istioctl', () => {
    /** Exit code and output; a command that hangs for want of a cluster is ended. */
    async function istioctl(...args: string[]): Promise<{ code: number; out: string }> {
      const env = { ...process.env, KUBECONFIG: join(folder, 'none') }
      const run = promisify(execFile)(programs!.istioctl, args, { env, timeout: 60_000 })
      return run.then(
        ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
        ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, out: stdout + stderr }),
      )
    }

    test.each(SURFACES_OF_ISTIO)('finds all that %s can say valid', async (name) => {
      const file = join(folder, `${name}.yaml`)
      await writeFile(file, render(name, FULL[name]!))
      expect(await istioctl('validate', '-f', file)).toMatchObject({ code: 0 })
      const { code, out } = await istioctl('analyze', '--use-kube=false', file)
      expect({ code, errors: out.match(/^Error.*/gm) }).toEqual({ code: 0, errors: null })
    })

    test('sees a wrong value', async () => {
      const file = join(folder, 'wrong.yaml')
      await writeFile(file, render('istio-wasmplugin', FULL['istio-wasmplugin']!).replace('phase: AUTHZ', 'phase: LAST'))
      expect(await istioctl('validate', '-f', file)).not.toMatchObject({ code: 0 })
    })
  })
})
