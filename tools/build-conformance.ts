/** Compiles the guests of the conformance kit, one per ABI version: `host/conformance/dist/guest-<version>.wasm`. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ABI_VERSIONS, isWithin, type AbiVersion } from '../host/abi/version.ts'
import { KIT_FUNCTIONS, SPECIAL_FUNCTIONS, type KitFunction } from '../host/conformance/functions.ts'
import { PHASES } from '../host/conformance/phases.ts'
import { root } from './checks/sources.ts'

const kit = join(root, 'host/conformance')

function declaration({ name, module, params, result }: KitFunction): string {
  const list = [...params].map((type, at) => `p${at}: ${type === 'l' ? 'u64' : 'u32'}`).join(', ')
  return `@external('${module}', '${name}')\ndeclare function ${name}(${list}): ${result ? 'u32' : 'void'}`
}

function choice({ name, params, result }: KitFunction): string {
  const list = [...params].map((type, at) => `load<${type === 'l' ? 'u64' : 'u32'}>(args + ${8 * at})`).join(', ')
  const call = `${name}(${list})`
  return `    case ${KIT_FUNCTIONS.findIndex((one) => one.name === name)}: ${result ? `return ${call}` : `{ ${call}; return NO_RESULT }`}`
}

/** Imports of a version, and the function that calls one of them by its number. */
function callsSource(version: AbiVersion): string {
  const offered = KIT_FUNCTIONS.filter(({ since, until }) => isWithin(version, since, until))
  const phases = PHASES.map((phase, at) => `export const P_${phase.toUpperCase()}: u8 = ${at}`)
  const { trap, allocator_fails: malloc, grow_memory: grow } = SPECIAL_FUNCTIONS
  const configuration = offered.some(({ name }) => name === 'proxy_get_configuration')
    ? 'proxy_get_configuration(data, size)'
    : 'proxy_get_buffer_bytes(7, 0, 0x7fffffff, data, size)'
  return [
    ...offered.map(declaration),
    ...phases,
    `export const TRAP: u16 = ${trap}`,
    `export const MALLOC: u16 = ${malloc}`,
    `export const GROW: u16 = ${grow}`,
    'export const NO_RESULT: u32 = 0xfffffffe',
    'export const ABSENT: u32 = 0xfffffffd',
    `export function readConfiguration(data: u32, size: u32): u32 { return ${configuration} }`,
    'export function invoke(name: u16, args: usize): u32 {',
    '  switch (name) {',
    ...offered.map(choice),
    '    default: return ABSENT',
    '  }',
    '}',
  ].join('\n')
}

function entrySource(version: AbiVersion): string {
  const end = version === '0.1.0' ? { param: '', args: '1, count, 0' } : { param: ', end: u32', args: '2, count, end' }
  const headers = (name: string, on: string): string =>
    `export function ${name}(context: u32, count: u32${end.param}): u32 { return ${on}(context, ${end.args}) }`
  return [
    "import { onRequestHeaders, onResponseHeaders } from './guest'",
    "export * from './callbacks'",
    `export function proxy_abi_version_${version.replaceAll('.', '_')}(): void {}`,
    headers('proxy_on_request_headers', 'onRequestHeaders'),
    headers('proxy_on_response_headers', 'onResponseHeaders'),
  ].join('\n')
}

/** Names that a module exports: all callbacks of the guest. */
function callbacksSource(guest: string): string {
  const names = [...guest.matchAll(/^export function ((?:proxy_on_|malloc)\w*)/gm)].map(([, name]) => name)
  return `export { ${names.join(', ')} } from './guest'`
}

function compile(version: AbiVersion, guest: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-conformance-'))
  try {
    copyFileSync(join(kit, 'guests/guest.ts'), join(folder, 'guest.ts'))
    writeFileSync(join(folder, 'calls.ts'), callsSource(version))
    writeFileSync(join(folder, 'callbacks.ts'), callbacksSource(guest))
    writeFileSync(join(folder, 'entry.ts'), entrySource(version))
    const options = ['-O', '--runtime', 'stub', '--exportStart', '_initialize', '--use', 'abort=guest/abort_']
    const args = ['entry.ts', ...options, '--outFile', join(kit, `dist/guest-${version}.wasm`)]
    const result = spawnSync('asc', args, { cwd: folder, encoding: 'utf8' })
    if (result.error !== undefined) return `cannot run asc: ${result.error.message}`
    return result.status === 0 ? null : `guest ${version}: ${result.stdout}${result.stderr}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const guest = readFileSync(join(kit, 'guests/guest.ts'), 'utf8')
mkdirSync(join(kit, 'dist'), { recursive: true })
const faults = ABI_VERSIONS.map((version) => compile(version, guest)).filter((fault) => fault !== null)
console.log(faults.length === 0 ? `compiled ${ABI_VERSIONS.length} guests` : faults.join('\n'))
process.exitCode = faults.length === 0 ? 0 : 1
