/** What to do about an import that no host offers: most come from a compiler that was told to build for another world. */
import { HOSTCALLS } from './hostcalls.ts'

interface ForeignImport {
  readonly module: string
  readonly name: string
  readonly kind: string
}

/** The part of an error that says what to do next; empty when nothing is known. */
export function adviceFor({ module, name, kind }: ForeignImport): { next?: string } {
  const next = kind === 'function' ? functionAdvice(module, name) : `hosts offer functions only, and this is a ${kind}`
  return next === null ? {} : { next }
}

function functionAdvice(module: string, name: string): string | null {
  if (module === 'env') return hostcallAdvice(name) ?? assemblyScriptAdvice(name)
  if (module.startsWith('wasi_')) return 'Envoy offers a part of WASI preview 1 only: no files, no sockets, no threads'
  if (module === 'gojs' || module === 'go') return 'the module was built for GOOS=js: build it with GOOS=wasip1'
  if (module.includes('wbindgen') || module === 'wbg') return 'the module was built for a browser: build it without wasm-bindgen'
  return null
}

function hostcallAdvice(name: string): string | null {
  const spec = HOSTCALLS.find((one) => one.name === name)
  if (spec === undefined) return null
  const span = spec.until === null ? `from ${spec.since} on` : `up to ${spec.until}`
  return `the function exists in ABI ${span}: the marker export says another version`
}

function assemblyScriptAdvice(name: string): string | null {
  if (name === 'abort' || name === 'trace' || name === 'seed')
    return `compile with --use ${name}=…, or with the SDK's asconfig.json`
  if (name === 'Date.now' || name.startsWith('console.'))
    return 'a binding of AssemblyScript for JavaScript hosts: use the SDK instead'
  return null
}
