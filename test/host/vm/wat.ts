/** Tiny guests as WebAssembly text. */
import binaryen from 'binaryen'

/** The binary form of a module in text form. Binaryen's tables grow with every module, so keep them few and small. */
export function wat(text: string): Uint8Array {
  const module = binaryen.parseText(text)
  module.setFeatures(binaryen.Features.All)
  const bytes = module.emitBinary()
  module.dispose()
  return bytes
}

/**
 * A guest with marker, one page of memory, a bump allocator from 0x8000 that wraps, and `body`. Offsets below 0x400 are
 * free for tests; `(data …)` may be part of the body.
 */
export function guest(body: string, imports = ''): Uint8Array {
  return wat(`(module
    ${imports}
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 0x8000))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param $n i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $n)) (i32.const 7)) (i32.const -8)))
      (local.get $at))
    ${body})`)
}
