/** `sluice manifest` as a process: what it prints, what it refuses, and what it asks of a registry. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { moduleName, moduleSource, type ModuleFlags } from '../../../host/cli/module-flags.ts'
import { toAddress, toEnv, toLabel, toNumber, toTarget } from '../../../host/cli/option-values.ts'
import { SluiceError } from '../../../host/errors.ts'
import { root } from '../../../tools/checks/sources.ts'
import { FakeRegistry } from '../../support/oci/fake-registry.ts'

const MAIN = join(root, 'host/cli/main.ts')
const SCHEMA = join(root, 'filters/ratelimit/schema.json')
const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
let folder = ''
let registry: FakeRegistry

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-manifest-'))
  registry = await FakeRegistry.start()
})
afterAll(async () => {
  await registry.stop()
  await rm(folder, { recursive: true, force: true })
})

function manifest(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return manifestIn(folder, ...args)
}

function manifestIn(cwd: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'manifest', ...args], { cwd }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

async function configFile(config: unknown): Promise<string> {
  const file = join(folder, 'config.json')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return file
}

function store(key: string, type: string, bytes: string): string {
  registry.manifests.set(key, { type, bytes: Buffer.from(bytes) })
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

test('every flag arrives in the object', async () => {
  const flags = '--namespace shop --phase AUTHZ --priority 20 --fail open --selector app=cart --selector tier=web --mode server'
  const more = '--port 8080 --port 9090 --env REGION=eu --env HOME --pull-secret reg --root-id limits'
  const config = await configFile({ limits: [] })
  const { code, out, err } = await manifest(
    'istio-wasmplugin',
    '--image',
    'r.example.com/filters/limits:1',
    '--config',
    config,
    ...flags.split(' '),
    ...more.split(' '),
  )
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(parse(out)).toEqual({
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind: 'WasmPlugin',
    metadata: { name: 'limits', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'cart', tier: 'web' } },
      phase: 'AUTHZ',
      priority: 20,
      match: [{ mode: 'SERVER', ports: [{ number: 8080 }, { number: 9090 }] }],
      url: 'oci://r.example.com/filters/limits:1',
      imagePullSecret: 'reg',
      pluginName: 'limits',
      pluginConfig: { limits: [] },
      failStrategy: 'FAIL_OPEN',
      vmConfig: {
        env: [
          { name: 'REGION', valueFrom: 'INLINE', value: 'eu' },
          { name: 'HOME', valueFrom: 'HOST' },
        ],
      },
    },
  })
})

test('the help names every surface', async () => {
  const { out } = await manifest('--help')
  expect(out).toMatch(/istio-wasmplugin .*[^]*k8s-image-volume /)
})

describe('a configuration', () => {
  const image = ['istio-wasmplugin', '--image', 'r.example.com/a/b', '--schema', SCHEMA]

  test('that the schema refuses is not printed, and every fault has its path', async () => {
    const config = await configFile({ limits: [{ name: '', token_bucket: { max_tokens: 'x', fill_interval: '1s' } }], limit: 1 })
    const { code, out, err } = await manifest(...image, '--config', config)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    const places = err
      .trim()
      .split('\n')
      .map((line) => /^error: ([^:]+): .*\[(\w+)\]/.exec(line)!.slice(1))
    expect(places).toEqual([
      ['limit', 'SLUICE_FILTER_CONFIG'],
      ['limits[0].name', 'SLUICE_FILTER_CONFIG'],
      ['limits[0].token_bucket.max_tokens', 'SLUICE_FILTER_CONFIG'],
    ])
  })

  test('may be YAML, and write its fields in camelCase', async () => {
    const config = await configFile('limits: [{name: all, tokenBucket: {maxTokens: 1, fillInterval: 1s}}]')
    const { code, out, err } = await manifest(...image, '--config', config)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(parse(out)).toHaveProperty('spec.pluginConfig.limits[0].tokenBucket.maxTokens', 1)
  })

  test('is judged by the schema that lies with the module', async () => {
    const file = join(root, 'filters/dist/ratelimit.wasm')
    const { code, err } = await manifest('envoy', '--file', file, '--config', await configFile({ limits: 3 }))
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('limits: seen 3, wanted array') })
  })

  test('needs a file that is there, and can be read', async () => {
    expect(await manifest(...image, '--config', join(folder, 'none'))).toMatchObject({ code: 1 })
    const { err } = await manifest(...image, '--config', await configFile('{"a": ['))
    expect(err).toContain('(line 1, column')
  })
})

describe('--pin', () => {
  const of = (name: string): string => `${registry.host}/filters/${name}`

  test('asks the registry for the digest of the manifest', async () => {
    const digest = store('filters/one:1', MANIFEST, '{"one":1}')
    const { out, err } = await manifest('istio-wasmplugin', '--image', of('one:1'), '--pin')
    expect(err).toBe('')
    expect(parse(out)).toMatchObject({ spec: { url: `oci://${of('one:1')}`, sha256: digest.slice('sha256:'.length) } })
  })

  test('refuses the digest of an index, which no proxy would accept', async () => {
    store('filters/many:1', INDEX, '{"many":1}')
    const { code, err } = await manifest('istio-wasmplugin', '--image', of('many:1'), '--pin')
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('seen an index of several images') })
  })

  test('says that there is no such image', async () => {
    expect(await manifest('istio-wasmplugin', '--image', of('none:1'), '--pin')).toMatchObject({ code: 7, out: '' })
  })
})

describe('in a project', () => {
  const project = (): string => join(folder, 'project')

  beforeAll(async () => {
    await mkdir(join(project(), 'assembly'), { recursive: true })
    await writeFile(join(project(), 'assembly/index.ts'), '')
    const settings = { image: 'r.example.com/team/limits', rootIds: ['limit-root'] }
    await writeFile(join(project(), 'package.json'), JSON.stringify({ name: '@team/limits', version: '1.2.3', sluice: settings }))
    await writeFile(join(project(), 'config.json'), '{"limits": []}')
    await writeFile(join(project(), 'schema.json'), '{"type": "object", "properties": {"limits": {"type": "array"}}}')
  })

  test('nothing needs to be said', async () => {
    const { code, out, err } = await manifestIn(project(), 'istio-wasmplugin')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(parse(out)).toMatchObject({
      metadata: { name: 'limits' },
      spec: { url: 'oci://r.example.com/team/limits:1.2.3', pluginName: 'limit-root', pluginConfig: { limits: [] } },
    })
    expect((await manifestIn(project(), 'envoy')).out).toContain('filename: build/plugin.wasm')
  })

  test("the project's schema judges its configuration", async () => {
    await writeFile(join(project(), 'config.json'), '{"limits": 3}')
    expect(await manifestIn(project(), 'istio-wasmplugin')).toMatchObject({ code: 2, out: '' })
  })
})

test('a surface that does not exist is a usage error', async () => {
  const { code, out, err } = await manifest('nomad', '--image', 'r.example.com/a')
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining('Allowed choices are') })
})

test.each<[ModuleFlags, string]>([
  [{}, 'wanted one of --image, --file, --url'],
  [{ image: 'r.example.com/a', file: 'a.wasm' }, 'wanted one of --image, --file, --url'],
  [{ file: 'a.wasm', pin: true }, 'wanted an image to pin'],
  [{ url: 'ftp://a/b', sha256: 'a'.repeat(64) }, 'Bad value of --url'],
  [{ url: 'https://a/b' }, 'Bad value of --sha256'],
  [{ image: 'r.example.com/a', pin: 'sha256:a' }, 'Bad value of --pin'],
  [{ image: 'https://a/b' }, 'SLUICE_REGISTRY_REFERENCE'],
])('%j names no module', async (flags, message) => {
  await expect(moduleSource(flags).catch(String)).resolves.toContain(message)
})

test.each([
  [{ image: 'r.example.com/filters/limits:1.4' }, 'limits'],
  [{ image: 'localhost:5000/limits' }, 'limits'],
  [{ image: `r.example.com/limits@${'sha256:'.padEnd(71, 'a')}` }, 'limits'],
  [{ file: 'dist/limits.wasm' }, 'limits'],
])('%j names the filter %s', (flags, name) => {
  expect(moduleName(flags)).toBe(name)
})

test.each<[(text: string) => unknown, string, unknown]>([
  [toAddress('--upstream'), 'somewhere', 'Bad value of --upstream'],
  [toAddress('--upstream'), '[::1]:80', '[::1]:80'],
  [toLabel, 'cart', 'Bad value of --selector'],
  [toTarget, 'cart', 'Bad value of --target'],
  [toTarget, 'HTTPRoute/cart', { kind: 'httproute', name: 'cart' }],
  [toNumber('--port', 1, 9), '0', 'Bad value of --port'],
  [toEnv, '=b', 'Bad value of --env'],
  [toEnv, 'A=b=c', { name: 'A', value: 'b=c' }],
])('%o reads %s', (read, text, wanted) => {
  const seen = tryRead(read, text)
  if (seen instanceof SluiceError) expect(seen.message).toBe(wanted)
  else expect(seen).toEqual(wanted)
})

function tryRead(read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text)
  } catch (error) {
    return error
  }
}
