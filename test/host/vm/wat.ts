/** Tiny guests as WebAssembly text. */
import binaryen from 'binaryen'

/** The binary form of a module in text form, with a name section when asked for. */
export function wat(text: string, options: { names?: boolean } = {}): Uint8Array {
  const module = binaryen.parseText(text)
  module.setFeatures(binaryen.Features.All)
  binaryen.setDebugInfo(options.names === true)
  const bytes = module.emitBinary()
  module.dispose()
  return bytes
}

/**
 * A guest with marker, one page of memory, an allocator that hands out ascending addresses from 0x8000 on, and `body`. What
 * lies below 0x8000 is free for the test.
 */
export function guest(body: string, imports = '', marker = '0_2_1'): Uint8Array {
  return wat(`(module
    ${imports}
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 0x8000))
    (func (export "proxy_abi_version_${marker}"))
    (func (export "proxy_on_memory_allocate") (param $n i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $n)) (i32.const 7)) (i32.const -8)))
      (local.get $at))
    ${body})`)
}
