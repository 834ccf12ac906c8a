/** Runs requests of scenarios through host and Envoy. */
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import { ask } from './ask.ts'
import { bootstrapOf, UPSTREAMS } from './bootstrap.ts'
import { EchoUpstream } from './echo.ts'
import type { Request, Scenario } from './scenario.ts'

/** The same request to both proxies: the lines of their answers. */
export interface Answers {
  readonly host: readonly string[]
  readonly envoy: readonly string[]
}

/** Both proxies with one listener per scenario. */
export class RouteBench {
  readonly #upstreams: readonly EchoUpstream[]
  readonly #proxies: readonly [host: Proxy, envoy: Proxy]

  private constructor(upstreams: readonly EchoUpstream[], proxies: readonly [Proxy, Proxy]) {
    this.#upstreams = upstreams
    this.#proxies = proxies
  }

  static async start(scenarios: readonly Scenario[]): Promise<RouteBench> {
    const upstreams = await Promise.all(UPSTREAMS.map((name) => EchoUpstream.start(name)))
    const ports = new Map(UPSTREAMS.map((name, index) => [name, upstreams[index]!.port]))
    const bootstrap = bootstrapOf(scenarios, ports)
    const host = await startHost(bootstrap)
    try {
      return new RouteBench(upstreams, [host, await startEnvoy(bootstrap)])
    } catch (error) {
      await host.stop()
      throw error
    }
  }

  /** `index` is that of the scenario. */
  async ask(index: number, request: Request): Promise<Answers> {
    const [host, envoy] = await Promise.all(this.#proxies.map(({ ports }) => ask(ports.get(`s${index}`)!, request)))
    return { host: host!, envoy: envoy! }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()))
    await Promise.all(this.#upstreams.map((upstream) => upstream.stop()))
  }
}
