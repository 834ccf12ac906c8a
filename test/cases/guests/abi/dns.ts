/* Resolves the name that the path of a request says; the answer comes later and goes to the log as hexadecimal bytes. */
import * as raw from './raw'

@external('env', 'envoy_resolve_dns')
declare function envoy_resolve_dns(name: usize, size: usize, token: usize): u32

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  const name = String.UTF8.encode(raw.header(0, ':path').slice(3))
  const status = envoy_resolve_dns(raw.start(name), name.byteLength, raw.out)
  raw.log('asked ' + status.toString() + ' token ' + load<u32>(raw.out).toString())
  return 0
}

export function envoy_on_resolve_dns(root: u32, token: u32, size: u32): void {
  raw.log('answer ' + root.toString() + ' ' + token.toString() + ' ' + size.toString() + ' ' + hexadecimal(raw.buffer(8)))
}

function hexadecimal(text: string): string {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text))
  let result = ''
  for (let i = 2; i < bytes.length; i++) result += (bytes[i] < 16 ? '0' : '') + bytes[i].toString(16)
  return result
}
