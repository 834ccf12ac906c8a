/** What users get: the packed tarballs, installed into an empty folder, run by this Node. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAYOUT_PORTS } from '../../host/conformance/layout.ts'
import { root } from '../../tools/checks/sources.ts'
import { packAll } from '../../tools/pack.ts'
import { NODE_VERSIONS, nodeBinary } from '../support/node-versions.ts'
import { freePortRange } from '../support/ports.ts'

const run = promisify(execFile)
let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'sluice-install-'))
  const tarballs = packAll(join(project, 'tarballs'), join(project, 'staging'))
  await writeFile(join(project, 'package.json'), '{"name": "app", "private": true, "type": "module"}')
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...tarballs], { cwd: project })
}, 240_000)

afterAll(() => rm(project, { recursive: true, force: true }))

async function manifest(name: string): Promise<Record<string, unknown> & { exports: Record<string, unknown> }> {
  return JSON.parse(await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8')) as never
}

function evaluate(code: string): Promise<{ stdout: string }> {
  return run(process.execPath, ['--input-type=module', '--eval', code], { cwd: project })
}

/** Reads on after the line, so that the host never waits for a reader. */
function untilReady(out: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    out.on('data', (part: Buffer) => {
      text += part.toString()
      if (/^ready: /m.test(text)) resolve()
    })
    out.on('end', () => reject(new Error(`the host did not start: ${text}`)))
  })
}

describe('package sluice', () => {
  test('exports compiled JavaScript with declarations', async () => {
    const { exports } = await manifest('sluice')
    expect(exports['.']).toEqual({ types: './index.d.ts', default: './index.js' })
    expect(exports['./testing']).toEqual({ types: './testing/index.d.ts', default: './testing/index.js' })
    expect(exports['./testing/assert']).toEqual({ types: './testing/assert.d.ts', default: './testing/assert.js' })
    expect(exports['./check']).toEqual({ types: './check/index.d.ts', default: './check/index.js' })
    expect(exports['./manifest']).toEqual({ types: './manifest/index.d.ts', default: './manifest/index.js' })
    expect(exports['./testing/vitest']).toEqual({ types: './testing/vitest.d.ts', default: './testing/vitest.js' })
  })

  test('can be imported, with its harness', async () => {
    const { stdout } = await evaluate(
      "const a = await import('sluice'); const b = await import('sluice/testing'); const c = await import('sluice/testing/assert'); const d = await import('sluice/oci'); console.log(typeof a.createHost, typeof b.createTestHost, typeof c.assertStatus, typeof d.pushImage)",
    )
    expect(stdout.trim()).toBe('function function function function')
  })

  test('runs case tables', async () => {
    await writeFile(
      join(project, 'cases.yaml'),
      'filter: stats\ncases: [{id: A, title: passes, steps: [{request: {expect: {status: 200}}}]}]',
    )
    const { stdout } = await evaluate(
      "const { runCases } = await import('sluice/testing'); console.log(await runCases('cases.yaml', 'node_modules/@sluice/filters/dist/stats.wasm'))",
    )
    expect(stdout.trim()).toBe("{ passed: [ 'A' ], skipped: [], failed: {} }")
  })

  test('brings the command line tool', async () => {
    const { stdout } = await run(join(project, 'node_modules/.bin/sluice'), ['--version'], { cwd: project })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('brings the conformance kit, which judges the host of the package', async () => {
    const sluice = join(project, 'node_modules/.bin/sluice')
    const first = await freePortRange(LAYOUT_PORTS)
    const target = ['conformance', '--host-url', `http://127.0.0.1:${first}`]
    const { stdout: bootstrap } = await run(sluice, [...target, '--print-bootstrap'], { cwd: project })
    await writeFile(join(project, 'kit.yaml'), bootstrap)
    const host = spawn(sluice, ['run', '-c', 'kit.yaml', '--concurrency', '1'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      await untilReady(host.stdout)
      const { stdout } = await run(sluice, [...target, '--chapter', 'metrics'], { cwd: project })
      expect(stdout).toMatch(/^metrics: \d+ rows, 0 differ\n$/)
    } finally {
      const exited = once(host, 'exit')
      host.kill('SIGTERM')
      await exited
    }
  })

  test('runs its workers from the compiled files', async () => {
    const config = JSON.stringify({
      static_resources: {
        listeners: [
          {
            name: 'in',
            address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
            filter_chains: [
              {
                filters: [
                  {
                    name: 'http',
                    typed_config: {
                      '@type':
                        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                      stat_prefix: 'in',
                      route_config: {
                        virtual_hosts: [
                          {
                            name: 'all',
                            domains: ['*'],
                            routes: [
                              { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'packed' } } },
                            ],
                          },
                        ],
                      },
                      http_filters: [
                        {
                          name: 'router',
                          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        ],
      },
    })
    await writeFile(join(project, 'config.json'), config)
    await writeFile(
      join(project, 'app.js'),
      `import { createHost } from 'sluice'
       import { readFileSync } from 'node:fs'
       const host = await createHost({ config: readFileSync('config.json', 'utf8'), concurrency: 1 })
       const { port } = host.addresses.get('in')
       console.log(await (await fetch('http://127.0.0.1:' + port)).text())
       await host.stop()`,
    )
    const { stdout } = await run(process.execPath, ['app.js'], { cwd: project })
    expect(stdout.trim()).toBe('packed')
  })
})

const PEERS = ['assemblyscript', 'binaryen', 'long'].map((name) => `node_modules/${name}`)

describe('every package', () => {
  const names = ['sluice', '@sluice/sdk', '@sluice/filters', 'create-sluice']

  test.each(names)('%s says where it comes from, runs nothing when it is installed, and lists what it brings', async (name) => {
    const { repository, scripts, license } = await manifest(name)
    expect(repository).toMatchObject({ type: 'git', url: expect.stringMatching(/^git\+https:/), directory: expect.any(String) })
    expect({ scripts, license }).toEqual({ scripts: undefined, license: 'Apache-2.0' })
    const text = await readFile(join(project, 'node_modules', name, 'sbom.cdx.json'), 'utf8')
    const bill = JSON.parse(text) as { metadata: { component: { name: string } }; components: { name: string }[] }
    expect(bill.metadata.component.name).toBe(name)
    const installed = JSON.parse(await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8')) as { packages: object }
    const listed = new Set(bill.components.map((component) => `node_modules/${component.name}`))
    // Peers (the compiler, with what it brings) are installed and not listed.
    const all = Object.keys(installed.packages).map((path) => path.slice(path.lastIndexOf('node_modules/')))
    const paths = all.filter((path) => !listed.has(path))
    const own = names.map((one) => `node_modules/${one}`)
    if (name === 'sluice') expect(paths.filter((path) => !own.includes(path))).toEqual(PEERS)
  })
})

describe('package @sluice/filters', () => {
  test('finds modules and schemas by name and by path', async () => {
    const { stdout } = await evaluate(
      `import { FILTERS, modulePath, schemaPath } from '@sluice/filters'
       import { existsSync } from 'node:fs'
       const paths = FILTERS.flatMap((name) => [modulePath(name), schemaPath(name), import.meta.resolve('@sluice/filters/' + name + '.wasm').slice(7)])
       console.log(FILTERS.length, paths.every(existsSync))`,
    )
    const names = readdirSync(join(root, 'filters')).filter((name) => existsSync(join(root, 'filters', name, 'index.ts')))
    expect(stdout.trim()).toBe(`${names.length} true`)
  })

  test('ships the modules and their AssemblyScript sources', async () => {
    for (const name of ['api-key-auth', 'ratelimit', 'fault', 'header-routing', 'stats']) {
      const folder = join(project, 'node_modules/@sluice/filters')
      const magic = (await readFile(join(folder, 'dist', `${name}.wasm`))).subarray(0, 4)
      expect(magic).toEqual(Buffer.from([0, 0x61, 0x73, 0x6d]))
      expect(await readFile(join(folder, name, 'index.ts'), 'utf8')).toContain('registerRoot')
    }
  })
})

describe('package @sluice/sdk', () => {
  test('ships sources and the compiler transform', async () => {
    const folder = join(project, 'node_modules/@sluice/sdk')
    expect(await readFile(join(folder, 'index.ts'), 'utf8')).toContain('export')
    const { stdout } = await evaluate("console.log(typeof (await import('@sluice/sdk/transform')).default)")
    expect(stdout.trim()).toBe('function')
  })
})

/** One filter in the harness, a host with its worker, and the command line tool. */
const USE = `
import { createTestHost } from 'sluice/testing'
import { createHost } from 'sluice'
import { TEMPLATES, initProject } from 'sluice/project'
import { modulePath } from '@sluice/filters'

const config = { limits: [{ name: 'all', token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '60s' } }] }
const harness = createTestHost({ filters: [{ wasm: modulePath('ratelimit'), config }] })
const statuses = [(await harness.request()).status, (await harness.request()).status]
const host = await createHost({ config: { static_resources: {} }, concurrency: 1, logLevel: 'error' })
await host.stop()
const { files } = initProject('project-' + process.versions.node.split('.')[0], 'callout')
console.log(statuses.join(), Object.keys(TEMPLATES).length, files.includes('package.json'))
`

describe('the installed packages', () => {
  test.each(NODE_VERSIONS)(
    'work on Node %s',
    async (version) => {
      const node = await nodeBinary(version)
      await writeFile(join(project, 'use.js'), USE)
      const { stdout } = await run(node, ['use.js'], { cwd: project })
      expect(stdout.trim()).toBe('200,429 4 true')
      const { stdout: said } = await run(node, ['node_modules/sluice/cli/main.js', 'doctor', '--json'], { cwd: project }).catch(
        (error: { stdout: string }) => error,
      )
      expect(JSON.parse(said)).toMatchObject({
        findings: expect.arrayContaining([{ what: 'node', state: 'good', seen: version }]),
      })
    },
    120_000,
  )

  test('have types that a strict consumer can use', async () => {
    await writeFile(join(project, 'use.ts'), USE)
    const compiler = join(import.meta.dirname, '../../node_modules/.bin/tsc')
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'esnext',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ]
    const types = ['--typeRoots', join(import.meta.dirname, '../../node_modules/@types')]
    await run(compiler, [...options, ...types, 'use.ts'], { cwd: project }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout)
    })
    await writeFile(join(project, 'misuse.ts'), "import { modulePath } from '@sluice/filters'\nmodulePath('none')\n")
    await expect(run(compiler, [...options, ...types, 'misuse.ts'], { cwd: project })).rejects.toMatchObject({
      stdout: expect.stringContaining("'\"none\"' is not assignable to parameter of type 'FilterName'"),
    })
  })
})
