/** All chapters of the kit, in the order in which they run. */
import type { Chapter } from '../scenario.ts'
import { buffers } from './buffers.ts'
import { callouts } from './callouts.ts'
import { failure } from './failure.ts'
import { foreignFunctions } from './foreign.ts'
import { grpc } from './grpc.ts'
import { headers } from './headers.ts'
import { metrics } from './metrics.ts'
import { miscellaneous } from './miscellaneous.ts'
import { properties } from './properties.ts'
import { restricted } from './restricted.ts'
import { rootContexts } from './root.ts'
import { shared } from './shared.ts'
import { streams } from './streams.ts'
import { tcp } from './tcp.ts'
import { wasi } from './wasi.ts'

export const CHAPTERS: readonly Chapter[] = [
  rootContexts,
  headers,
  buffers,
  streams,
  tcp,
  callouts,
  grpc,
  shared,
  metrics,
  properties,
  foreignFunctions,
  miscellaneous,
  wasi,
  restricted,
  failure,
]
