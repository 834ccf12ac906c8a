/** Garbage collection at will, for tests that judge what stays. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects this thread's garbage; the second time takes what finalizers of the first have freed. */
export function collectGarbage(): void {
  collect()
  collect()
}
