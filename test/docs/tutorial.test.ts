/**
 * docs/TUTORIAL.md in an empty folder, with packages packed from this repository: each command runs as it is printed, and says
 * what the page says it does. Versions, digests, sizes, times and paths are masked.
 */
import { execFile, execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { read } from '../../tools/checks/sources.ts'
import { packAll } from '../../tools/pack.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { NpmRegistry } from '../support/npm-registry.ts'
import { poll } from '../support/poll.ts'
import { startDebianRegistry, type TestRegistry } from '../support/oci/registries.ts'

const STEP_LIMIT = 120_000
/** From the empty folder to the manifest in less than this, without what npm downloads. */
const WAY_LIMIT_SECONDS = 60
/** A second on a machine that does nothing else; tests run on busy ones. */
const WATCH_LIMIT_MILLIS = 10_000
/** The steps of that way, as the page has them. */
const WAY = [
  'npm create sluice my-filter',
  'npm test',
  "npx sluice run -H 'x-my-filter: forged'",
  'npx sluice run --envoy',
  'npx sluice push localhost:5000/my-filter:0.1.0',
  'npx sluice manifest istio-wasmplugin --image localhost:5000/my-filter:0.1.0 --pin',
]
/** The registry of the page. */
const IMAGES = 'localhost:5000'

type Step =
  | { readonly kind: 'run'; readonly command: string; readonly shows: string | null }
  | { readonly kind: 'write'; readonly file: string; readonly text: string }

/** The commands with what they show, and the files that the reader is told to write: "In `file`:" and a block. */
function stepsOf(page: string): Step[] {
  const steps: Step[] = []
  for (const { index, 1: language, 2: block = '' } of page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    const file = /In `([\w./-]+)`:$/.exec(page.slice(0, index).trimEnd())?.[1]
    const last = steps.at(-1)
    if (file !== undefined) steps.push({ kind: 'write', file, text: block })
    else if (language === 'sh')
      steps.push(
        ...block
          .trim()
          .split('\n')
          .map((command) => ({ kind: 'run' as const, command, shows: null })),
      )
    else if (last?.kind === 'run') steps[steps.length - 1] = { ...last, shows: block }
  }
  return steps
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, 'DIGEST'],
  [/\bv?\d+\.\d+\.\d+\b/g, 'VERSION'],
  [/\b\d+(?:\.\d+)?\s?m?s\b/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d\b/g, 'TIME'],
  [/\b\d+ bytes\b/g, 'SIZE'],
  [/\/[\w./-]*\/my-filter\b/g, 'FOLDER'],
]

/** Lines that say something to the reader: not npm's echo of the script, nor vitest's figures and its list of slow tests. */
function masked(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*(?:>|Start at|Duration|Isolate|at least|RUN|npm |$)|^\s{3,}✓/.test(line))
  // Test files run side by side, and end in any order.
  const isFile = (line: string): boolean => line.startsWith(' ✓ test')
  const ordered = [...lines.filter((line) => !isFile(line)), ...lines.filter(isFile).toSorted()]
  return ordered.map((line) => MASKS.reduce((masking, [pattern, word]) => masking.replace(pattern, word), line.trim()))
}

let folder = ''
let registry: NpmRegistry
let images: TestRegistry
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-tutorial-')))
  registry = await NpmRegistry.start(packAll(join(folder, 'tarballs'), join(folder, 'staging')))
  images = await startDebianRegistry()
  await mkdir(join(folder, 'home'))
  environment = await environmentOf(registry)
}, STEP_LIMIT)

afterAll(async () => {
  registry.stop()
  await images.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What npm has downloaded before is used; what it unpacked for `npm create` is not. */
async function environmentOf({ url }: NpmRegistry): Promise<NodeJS.ProcessEnv> {
  const cache = join(folder, 'npm')
  await mkdir(cache)
  await symlink(
    join(execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim(), '_cacache'),
    join(cache, '_cacache'),
  )
  const npm = {
    npm_config_registry: url,
    npm_config_cache: cache,
    npm_config_yes: 'true',
    npm_config_replace_registry_host: 'never',
  }
  const quiet = {
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    NO_COLOR: '1',
    CI: '',
  }
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  return { ...process.env, ...npm, ...quiet, PATH: path, ENVOY_BIN: await fetchEnvoy() }
}

/** What the command says on both streams, in order; rejects with that when it fails. */
function shell(command: string, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', `exec 2>&1; ${command}`], { cwd, env: environment }, (error, said) => {
      if (error === null) resolve(said)
      else reject(new Error(`${command}: exit code ${error.code}\n${said}`))
    })
  })
}

describe('docs/TUTORIAL.md', () => {
  const steps = stepsOf(read('docs/TUTORIAL.md'))
  const seconds = new Map<string, number>()
  let place = ''

  test.each(steps.map((step, index) => ({ title: step.kind === 'run' ? step.command : `writes ${step.file}`, index })))(
    '$index: $title',
    async ({ index }) => {
      const step = steps[index]!
      place ||= join(folder, 'home')
      if (step.kind === 'write') return writeFile(join(place, step.file), step.text)
      if (step.command.startsWith('cd ')) return void (place = join(place, step.command.slice(3)))
      const startedAt = performance.now()
      const said = (await shell(step.command.replaceAll(IMAGES, images.host), place)).replaceAll(images.host, IMAGES)
      seconds.set(step.command, (performance.now() - startedAt) / 1000)
      if (step.shows !== null) expect(masked(said)).toEqual(masked(step.shows))
    },
    STEP_LIMIT,
  )

  test(`leads from an empty folder to a manifest in less than ${WAY_LIMIT_SECONDS} s`, () => {
    const times = WAY.map((command) => seconds.get(command) ?? Number.NaN)
    const total = times.reduce((sum, one) => sum + one, 0)
    const lines = WAY.map((command, index) => `${times[index]!.toFixed(1).padStart(6)} s  ${command}`)
    const install = `${(seconds.get('npm install') ?? Number.NaN).toFixed(1)} s for npm install`
    process.stdout.write(`${[...lines, `${total.toFixed(1).padStart(6)} s  together, beside ${install}`].join('\n')}\n`)
    expect(total).toBeLessThan(WAY_LIMIT_SECONDS)
  })

  test(
    `then tells the result of a change within ${WATCH_LIMIT_MILLIS} ms while it watches`,
    async () => {
      const watch = spawn('npx', ['sluice', 'test', '--watch'], { cwd: place, env: environment, detached: true })
      try {
        const times = await timesOfChanges(watch, join(place, 'assembly/filter.ts'))
        process.stdout.write(`from a change to its result: ${times.join(', ')} ms\n`)
        expect(Math.min(...times)).toBeLessThan(WATCH_LIMIT_MILLIS)
      } finally {
        process.kill(-watch.pid!)
      }
    },
    STEP_LIMIT,
  )
})

/** Changes a source, four times once the first results are there; milliseconds until each result was told. */
async function timesOfChanges({ stdout, stderr }: ChildProcessWithoutNullStreams, source: string): Promise<number[]> {
  let said = ''
  for (const stream of [stdout, stderr]) stream.on('data', (text: Buffer) => (said += text.toString()))
  const isTold = (): boolean => /Tests .*passed/.test(said)
  const result = async (): Promise<void> => expect(await poll(isTold, Boolean, STEP_LIMIT), said).toBe(true)
  await result()
  const text = await readFile(source, 'utf8')
  const times: number[] = []
  for (const change of ['first', 'second', 'third', 'fourth']) {
    said = ''
    const changedAt = performance.now()
    await writeFile(source, `${text}// The ${change} change.\n`)
    await result()
    times.push(Math.round(performance.now() - changedAt))
  }
  return times
}
