// The one entry of `npm start`, `npm test` and the other scripts: sets up what is missing, then runs the task with
// the pinned Node.
import { spawn } from 'node:child_process'
import { pinnedNode, root, run, setup, setupTests, toolEnvironment } from './setup.mjs'

const [task, ...args] = process.argv.slice(2)

const TASKS = {
  start: () => (setup(), stay(['tools/start.ts', ...args])),
  build: () => setup(),
  check: () => (setup(), run(pinnedNode(), ['tools/check.ts', ...args])),
  format: () => (setup(), run('oxfmt', args.length === 0 ? ['.'] : args)),
  test: () => (setupTests(), test(args)),
  'test:full': () => (setupTests(), test(args, { SLUICE_FULL: '1' })),
  'test:conformance': () => (setupTests(), conformance(args)),
  bench: () => (setup(), stay(['bench/run.ts', ...args])),
  'new:filter': () => (setup(), run(pinnedNode(), ['tools/new-filter.ts', ...args])),
  node: () => (setup(), stay(args)),
}

/** A whole run starts with the checks; with arguments only the named tests run. */
function test(filters, extra = {}) {
  if (filters.length === 0) run(pinnedNode(), ['tools/check.ts'])
  run(pinnedNode(), ['node_modules/vitest/vitest.mjs', 'run', ...filters], { env: { ...toolEnvironment(), ...extra } })
}

/** With --record the kit is put to a real Envoy, whose results become the record; without, the record judges. */
function conformance(options) {
  if (!options.includes('--record')) return test(['test/conformance', ...options])
  run(pinnedNode(), ['test/conformance/record.ts', ...options.filter((option) => option !== '--record')])
}

/** Runs a program in the foreground; signals reach it, its exit code is ours. */
function stay(argv) {
  const child = spawn(pinnedNode(), argv, { cwd: root, env: toolEnvironment(), stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}

const job = TASKS[task]
if (job === undefined) {
  console.error(`sluice: unknown task ${task ?? ''}: wanted one of ${Object.keys(TASKS).join(', ')}`)
  process.exit(2)
}
job()
