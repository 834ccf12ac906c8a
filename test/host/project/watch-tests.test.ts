/** `sluice test --watch` with both test runners: a change leads to the result of a run, soon. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initProject } from '../../../host/project/init.ts'
import { root } from '../../../tools/checks/sources.ts'
import { poll } from '../../support/poll.ts'

/** Well below a second on a machine that does nothing else; tests run on busy ones. */
const LIMIT_MILLIS = 10_000
/** The packages of a project without vitest. */
const PACKAGES = ['sluice', '@sluice/sdk', 'assemblyscript']
const NODE_TEST = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseTests } from 'sluice/testing'

for (const { name, run } of caseTests('cases.yaml', 'build/plugin.wasm')) test(name, run)
test('a second file', () => assert.equal(1, 1))
`

let folder = ''

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'))))
// What was watching may still end while its files go.
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 100 }))

const RUNNERS = {
  vitest: {
    passed: /Tests +4 passed/,
    /** vitest repeats the changed file alone. */
    passedOne: /Tests +2 passed/,
    failed: /Tests +1 failed/,
    prepare: (path: string) => symlinkSync(join(root, 'node_modules'), join(path, 'node_modules')),
  },
  node: {
    passed: /pass 3\n.*fail 0\n/s,
    passedOne: /pass 3\n.*fail 0\n/s,
    failed: /fail 1\n/,
    prepare: (path: string) => {
      mkdirSync(join(path, 'node_modules/@sluice'), { recursive: true })
      for (const name of PACKAGES) symlinkSync(join(root, 'node_modules', name), join(path, 'node_modules', name))
      rmSync(join(path, 'test/filter.test.ts'))
      writeFileSync(join(path, 'test/cases.test.ts'), NODE_TEST)
    },
  },
}

/** What a watch says, from one change to the next. */
class Watched {
  readonly #child: ChildProcessWithoutNullStreams
  #said = ''

  constructor(path: string) {
    const environment = { ...process.env, NO_COLOR: '1', CI: '' }
    // The watch of a test run is no part of the run that this test is in.
    for (const name of Object.keys(environment)) if (/^(VITEST|NODE_TEST)/.test(name)) Reflect.deleteProperty(environment, name)
    const command = [join(root, 'host/cli/main.ts'), 'test', '--watch']
    this.#child = spawn(process.execPath, command, { cwd: path, env: environment, detached: true })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => (this.#said += String(text)))
  }

  /** Milliseconds until it says what is wanted. */
  async until(wanted: RegExp, change: () => void): Promise<number> {
    this.#said = ''
    const startedAt = performance.now()
    change()
    const isSaid = await poll(() => wanted.test(this.#said), Boolean, 60_000)
    if (!isSaid) throw new Error(`not said: ${wanted}\n${this.#said}`)
    return Math.round(performance.now() - startedAt)
  }

  stop(): void {
    process.kill(-this.#child.pid!)
  }
}

describe.each(Object.entries(RUNNERS))('%s', (name, { passed, passedOne, failed, prepare }) => {
  test('tells of each change, of the source, of a test and of the table of cases', async () => {
    const { folder: path } = initProject(join(folder, `with-${name}`), 'header')
    prepare(path)
    const file = (one: string): string => join(path, one)
    const replace = (one: string, from: string, to: string) => () =>
      writeFileSync(file(one), readFileSync(file(one), 'utf8').replace(from, to))
    const watched = new Watched(path)
    try {
      await watched.until(passed, () => {})
      const times: number[] = []
      for (const change of ['first', 'second', 'third'])
        times.push(await watched.until(passed, () => appendFileSync(file('assembly/filter.ts'), `// ${change}\n`)))
      process.stdout.write(`${name}: from a change of the source to its result: ${times.join(', ')} ms\n`)
      expect(Math.min(...times)).toBeLessThan(LIMIT_MILLIS)
      await watched.until(failed, replace('cases.yaml', 'status: 200', 'status: 201'))
      await watched.until(passed, replace('cases.yaml', 'status: 201', 'status: 200'))
      await watched.until(/SLUICE_BUILD/, replace('assembly/filter.ts', 'class', 'clas'))
      await watched.until(passed, replace('assembly/filter.ts', 'clas', 'class'))
      await watched.until(passedOne, () => appendFileSync(file('test/cases.test.ts'), '// Another text.\n'))
    } finally {
      watched.stop()
    }
  }, 120_000)
})
