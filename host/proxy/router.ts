/** The end of every filter chain: makes what sends a request to its cluster. */
import type { Terminal, TerminalFactory, TerminalStream } from '../chain/terminal.ts'
import type { RouterConfig } from '../config/types.ts'
import type { MirrorContext } from './mirrors.ts'
import type { TapPoint } from '../tap/tap-point.ts'
import type { RouterStats } from './router-stats.ts'
import { RouterStream } from './router-stream.ts'
import type { TimeoutPool } from './timeout-pool.ts'

/** What the routers of one listener share. */
export interface RouterContext extends MirrorContext {
  readonly timeouts: TimeoutPool
  readonly config: RouterConfig
  readonly stats: RouterStats
  readonly tap: TapPoint
}

export class RouterFactory implements TerminalFactory {
  readonly #context: RouterContext

  constructor(context: RouterContext) {
    this.#context = context
  }

  create(stream: TerminalStream): Terminal {
    return new RouterStream(this.#context, stream)
  }
}
