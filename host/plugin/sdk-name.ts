/** Which SDK a module was written with, by what compilers and SDKs leave in it: names of producers, paths of sources. */

/** A path or package name that stands in the bytes, and what it means. */
interface Mark {
  readonly sdk: string
  readonly bytes: Buffer
  /** Finds the version in the text that begins at the mark. */
  readonly version: RegExp
}

const NONE = /^\b$/
const OWN = 'processed-by: @sluice/sdk'

/** AssemblyScript keeps names of source files as UTF-16, for messages of `abort`. */
function assemblyScript(name: string): Mark {
  return { sdk: `${name} (AssemblyScript)`, bytes: Buffer.from(name, 'utf16le'), version: NONE }
}

function go(name: string): Mark {
  return { sdk: `${name} (Go)`, bytes: Buffer.from(`dep\t${name}\t`), version: /^dep\t\S+\t(v\S+)/ }
}

function goPath(name: string): Mark {
  return { sdk: `${name} (Go)`, bytes: Buffer.from(`${name}/`), version: NONE }
}

/** In the order in which they are looked for: marks with a version first. */
const MARKS: readonly Mark[] = [
  { sdk: 'proxy-wasm (Rust)', bytes: Buffer.from('/proxy-wasm-0.'), version: /^\/proxy-wasm-(\d+\.\d+\.\d+)\/src\// },
  { sdk: 'proxy-wasm (Rust)', bytes: Buffer.from('/proxy-wasm/src/'), version: NONE },
  go('github.com/proxy-wasm/proxy-wasm-go-sdk'),
  go('github.com/tetratelabs/proxy-wasm-go-sdk'),
  goPath('github.com/proxy-wasm/proxy-wasm-go-sdk'),
  goPath('github.com/tetratelabs/proxy-wasm-go-sdk'),
  assemblyScript('@solo-io/proxy-runtime'),
  assemblyScript('@kong/proxy-wasm-sdk'),
  assemblyScript('@gcoredev/proxy-wasm-sdk-as'),
  assemblyScript('@higress/proxy-wasm-assemblyscript-sdk'),
]

/** Callbacks that of all SDKs only the one for C++ always exports. */
const CPP_EXPORTS = ['proxy_validate_configuration', 'proxy_on_request_metadata', 'proxy_on_response_metadata']

const MARK_WINDOW = 200

/** The SDK with its version where that can be told; null = unknown. */
export function sdkOf(bytes: Uint8Array, producers: readonly string[], exports: readonly string[]): string | null {
  const own = producers.find((producer) => producer.startsWith(OWN))
  if (own !== undefined) return own.slice(own.indexOf('@'))
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const mark of MARKS) {
    const at = buffer.indexOf(mark.bytes)
    if (at >= 0) return named(mark, buffer.subarray(at, at + MARK_WINDOW).latin1Slice())
  }
  return CPP_EXPORTS.every((name) => exports.includes(name)) ? 'proxy-wasm-cpp-sdk (C++)' : null
}

function named({ sdk, version }: Mark, text: string): string {
  const found = version.exec(text)?.[1]
  return found === undefined ? sdk : sdk.replace(' (', ` ${found} (`)
}
