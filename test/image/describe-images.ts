/** What must be true of the container images, built by buildah from bases made here, and of compose.yaml, as which they run. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root as repository } from '../../tools/checks/sources.ts'
import { composeServices, type ComposeService } from '../support/compose.ts'
import { Container } from '../support/container.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { ImageStore, type ImageConfig } from '../support/image-store.ts'
import { poll } from '../support/poll.ts'

interface Image {
  readonly config: ImageConfig
  readonly root: string
}

/** More arguments of the build; what they need lies in the store or in the folder. */
export type PrepareBuild = (store: ImageStore, folder: string) => readonly string[] | Promise<readonly string[]>

const BUILD_LIMIT = 600_000
const START_LIMIT = 20_000
const PROXY = 'http://127.0.0.1:10000'
const KEY = ['-H', 'x-api-key: k-alice-0123456789']

let scratch: string
let store: ImageStore
let images: Readonly<Record<string, Image>>
let services: Readonly<Record<string, ComposeService>>
let upstream: Container

/** Registers the tests; `prepare` says with which more arguments a stage of the Dockerfile is built. */
export function describeImages(prepare: PrepareBuild): void {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'sluice-image-test-'))
    services = await composeServices(join(repository, 'compose.yaml'))
    await writeFile(join(scratch, 'hosts'), '127.0.0.1 localhost upstream\n')
    store = await ImageStore.open()
    const args = await prepare(store, scratch)
    images = { sluice: await build('sluice', process.execPath, args), envoy: await build('envoy', await fetchEnvoy(), args) }
    upstream = await start('upstream', images['sluice']!)
  }, BUILD_LIMIT)

  afterAll(async () => {
    await upstream?.stop('SIGKILL')
    await store?.close()
    await rm(scratch, { recursive: true, force: true })
  })

  describeCompose()
  describeHostImage()
  describeAnswers()
}

/** Builds a stage on a base that has one program. */
async function build(target: string, program: string, args: readonly string[]): Promise<Image> {
  await store.addBase(`base-${target}`, { programs: [program] })
  const bases = ['BASE', 'ENVOY_BASE'].flatMap((name) => ['--build-arg', `${name}=localhost/base-${target}`])
  await store.build(target, target, [...bases, ...args])
  return { config: await store.config(target), root: await store.unpack(target) }
}

/** Starts a service of compose.yaml. */
function start(name: string, { root, config }: Image, changes: Partial<ComposeService> = {}): Promise<Container> {
  const { entrypoint, command, volumes } = { ...services[name]!, ...changes }
  const files = Object.fromEntries(volumes.map(({ source, target }) => [target, source]))
  const network = name === 'upstream' ? {} : { network: upstream }
  return Container.start({
    root,
    config,
    entrypoint,
    command,
    files: { ...files, '/etc/hosts': join(scratch, 'hosts') },
    ...network,
  })
}

/** Runs a proxy until the work with it is done. */
async function withProxy(name: string, work: (proxy: Container) => Promise<void>): Promise<void> {
  const proxy = await start(name, images[name]!)
  try {
    await poll(
      () => proxy.curl('http://127.0.0.1:9901/ready').catch(() => ''),
      (state) => state === 'LIVE\n',
      START_LIMIT,
    )
    await work(proxy)
  } finally {
    await proxy.stop('SIGKILL')
  }
}

function describeCompose(): void {
  describe('compose.yaml', () => {
    test('is taken by the reader of Docker Compose, which refuses a misspelt field', async () => {
      expect(Object.keys(services).toSorted()).toEqual(['envoy', 'sluice', 'upstream'])
      await writeFile(join(scratch, 'compose.yaml'), 'services: {a: {image: b, comand: [c]}}')
      await expect(composeServices(join(scratch, 'compose.yaml'))).rejects.toThrow(/comand/)
    })

    test('gives no service more than it needs', () => {
      for (const { read_only, cap_drop, security_opt, tmpfs, volumes, ports = [] } of Object.values(services)) {
        expect({ read_only, cap_drop, security_opt, tmpfs }).toEqual({
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          tmpfs: ['/tmp'],
        })
        expect(volumes.every((volume) => volume.read_only && existsSync(volume.source))).toBe(true)
        expect(ports.every(({ host_ip, target }) => host_ip === '127.0.0.1' && target === 10000)).toBe(true)
      }
    })
  })
}

function describeHostImage(): void {
  describe('the image of the host', () => {
    test('holds the packed host, its dependencies and the modules, and no more', () => {
      const { root } = images['sluice']!
      const modules = readdirSync(join(root, 'app/node_modules'))
      expect(modules).toContain('commander')
      expect(modules.filter((name) => ['koffi', 'assemblyscript', 'vitest', 'typescript', '.bin'].includes(name))).toEqual([])
      expect(readdirSync(join(root, 'app/node_modules/sluice'))).toContain('sbom.cdx.json')
      expect(existsSync(join(root, 'app/node_modules/sluice/index.ts'))).toBe(false)
      expect(readdirSync(join(root, 'filters'))).toEqual(
        readdirSync(join(repository, 'filters/dist')).filter((name) => name.endsWith('.wasm')),
      )
    })

    test('runs as process 1 of a user that is not root and writes nowhere', () =>
      withProxy('sluice', async (proxy) => {
        const facts = `const { readFileSync, writeFileSync } = require('node:fs')
          const failed = (path) => { try { writeFileSync(path, '') } catch ({ code }) { return code } }
          console.log(readFileSync('/proc/1/cmdline', 'latin1').split('\\0')[1], process.getuid(), failed('/app/x'), failed('/x'))`
        const { output } = await proxy.execute(['node', '-e', facts])
        expect(output).toBe('/app/node_modules/sluice/cli/main.js 65532 EROFS EROFS\n')
      }))

    test('is healthy by its own check while it serves, and by it alone', () =>
      withProxy('sluice', async (proxy) => {
        const [kind, ...check] = images['sluice']!.config.Healthcheck!.Test
        expect(kind).toBe('CMD')
        expect(await proxy.execute(check)).toEqual({ code: 0, output: '' })
        await proxy.curl('-X', 'POST', 'http://127.0.0.1:9901/healthcheck/fail')
        expect((await proxy.execute(check)).code).toBe(1)
      }))

    test('drains on SIGTERM and ends with 0', () =>
      withProxy('sluice', async (proxy) => {
        expect(await proxy.stop('SIGTERM')).toBe(0)
        expect(proxy.output).toContain('SIGTERM: draining')
      }))

    test('ends on a SIGTERM that comes while it starts', async () => {
      const proxy = await start('sluice', images['sluice']!)
      // Until there is a handler the kernel keeps signals from process 1.
      const repeated = setInterval(() => proxy.signal('SIGTERM'), 5)
      const code = await proxy.ended.finally(() => clearInterval(repeated))
      expect(proxy.output).not.toContain('ready: ')
      expect(code).toBe(143)
    })

    test("keeps the host's exit code", async () => {
      await writeFile(join(scratch, 'bad.yaml'), 'static_resources: {listenrs: []}')
      const volumes = [{ source: join(scratch, 'bad.yaml'), target: '/etc/sluice/envoy.yaml' }]
      const proxy = await start('sluice', images['sluice']!, { volumes })
      expect(await proxy.ended).toBe(1)
      expect(proxy.output).toContain('listenrs')
    })
  })
}

function describeAnswers(): void {
  test.each(['sluice', 'envoy'])('%s answers through its filters', (name) =>
    withProxy(name, async (proxy) => {
      expect(await proxy.curl('-o', '/dev/null', '-w', '%{http_code}', PROXY)).toBe('401')
      expect(JSON.parse(await proxy.curl(...KEY, `${PROXY}/cart`))).toEqual({
        upstream: 'demo',
        path: '/cart',
        client: 'alice',
        key: null,
      })
      const many = Array.from({ length: 10 }, () => proxy.curl(...KEY, '-o', '/dev/null', '-w', '%{http_code}', PROXY))
      expect((await Promise.all(many)).toSorted()).toEqual([...Array(9).fill('200'), '429'])
    }),
  )
}
