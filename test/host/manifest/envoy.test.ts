/** The surfaces of Envoy: judged by a real one, and run in it; what needs no dynamic resources runs in the host too. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { createHost } from '../../../host/index.ts'
import type { FilterDeployment } from '../../../host/manifest/deployment.ts'
import { renderManifest, SURFACES } from '../../../host/manifest/render.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { EMPTY_ANSWER } from '../../../host/testing/cases/script.ts'
import { RecordingUpstream } from '../../support/upstream.ts'
import { FILE, FULL, WEB } from './deployments.ts'

const ADMIN = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
const FILTERS = '/etc/envoy/filters'
const { value: envoy, reason } = await fetchOrReason(fetchEnvoy)
let folder = ''
let upstream: RecordingUpstream

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-manifest-'))
  upstream = await RecordingUpstream.start(() => ({ ...EMPTY_ANSWER, body: 'served' }))
})
afterAll(async () => {
  await upstream.close()
  await rm(folder, { recursive: true, force: true })
})

function render(name: string, deployment: FilterDeployment): string {
  return renderManifest(
    SURFACES.find((surface) => surface.name === name)!,
    deployment,
  )
}

/** Two requests pass the bucket, the third does not. */
async function statuses(port: number): Promise<number[]> {
  const seen: number[] = []
  for (let i = 0; i < 3; i++) seen.push((await fetch(`http://127.0.0.1:${port}/`)).status)
  return seen
}

describe.skipIf(envoy === null)(`Envoy${reason}`, () => {
  test.each([
    ['envoy', 'all that can be said', FULL['envoy']!],
    ['envoy', 'code from a web server', WEB],
    ['envoy-ecds', 'all that can be said', FULL['envoy-ecds']!],
    ['envoy-ecds', 'code from a web server', WEB],
  ])('finds %s valid: %s', async (name, _, deployment) => {
    const file = join(folder, 'bootstrap.yaml')
    const [bootstrap, resource = ''] = render(name, deployment).replaceAll(FILTERS, folder).split('---\n')
    await writeFile(file, bootstrap!)
    await writeFile(join(folder, 'ratelimit.yaml'), resource)
    const { stdout, stderr } = await promisify(execFile)(envoy!, ['--mode', 'validate', '--use-dynamic-base-id', '-c', file])
    expect(`${stdout}${stderr}`).toContain('OK')
  })

  test('runs the bootstrap', async () => {
    const deployment = { ...FILE, upstream: `127.0.0.1:${upstream.port}`, listenPort: 0 }
    await expect(run(render('envoy', deployment))).resolves.toEqual([200, 200, 429])
  })

  test('runs the filter from its own file', async () => {
    const deployment = { ...FILE, upstream: `127.0.0.1:${upstream.port}`, listenPort: 0 }
    const [bootstrap, resource] = render('envoy-ecds', deployment).replaceAll(FILTERS, folder).split('---\n')
    await writeFile(join(folder, 'ratelimit.yaml'), resource!)
    await expect(run(bootstrap!)).resolves.toEqual([200, 200, 429])
  })
})

async function run(bootstrap: string): Promise<number[]> {
  const running = await EnvoyProcess.start(0, () => Promise.resolve({ ...(parse(bootstrap) as object), admin: ADMIN }))
  try {
    const port = /::[\d.]+:(\d+)/.exec(await running.admin('/listeners'))
    return await statuses(Number(port?.[1]))
  } finally {
    await running.stop()
  }
}

test('the host runs the same bootstrap', async () => {
  const deployment = { ...FILE, upstream: `127.0.0.1:${upstream.port}`, listenPort: 0 }
  const host = await createHost({ config: render('envoy', deployment), concurrency: 1, logLevel: 'off' })
  try {
    await expect(statuses(host.addresses.get('http')!.port)).resolves.toEqual([200, 200, 429])
  } finally {
    await host.stop()
  }
})

test('every document of a surface of Envoy is separate', () => {
  expect(parseAllDocuments(render('envoy-ecds', FULL['envoy-ecds']!))).toHaveLength(2)
})
