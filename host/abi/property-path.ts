/** Property paths: segments joined by one NUL; a NUL at the end is allowed (proxy-wasm-cpp-host exports.cc). */

/** The segments of a path given as byte string; none for the empty path. */
export function propertySegments(path: string): string[] {
  const text = path.endsWith('\0') ? path.slice(0, -1) : path
  return text === '' ? [] : text.split('\0')
}
