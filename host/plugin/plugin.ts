/**
 * A plugin in a worker: one use of a module by the configuration, with its root context. Streams are opened here;
 * what happens after its VM has failed is decided here.
 *
 *     FAIL_CLOSED  every new stream fails
 *     FAIL_OPEN    every new stream goes without the filter
 *     FAIL_RELOAD  a new stream makes a new VM once the back-off since the last load is over, else it fails
 */
import type { PluginConfig } from '../config/types.ts'
import { SluiceError } from '../errors.ts'
import { RootContext } from './root-context.ts'
import { StreamContext } from './stream-context.ts'
import type { StreamHost } from './stream-host.ts'
import type { VmStats } from './vm-stats.ts'
import type { Vm } from './vm.ts'

/** Where a plugin gets its VM from. */
export interface VmSource {
  /** The live VM of the configuration's key, made when there is none; throws SluiceError. */
  acquire(config: PluginConfig): Vm
  /** The plugin no longer uses the VM. */
  release(vm: Vm): void
}

export class Plugin {
  readonly config: PluginConfig
  readonly #source: VmSource
  readonly #stats: VmStats
  #root: RootContext
  /** Millis after the VM's load from which a reload is allowed. */
  #backoff = -1

  /** Starts the root context in the worker's VM; throws SluiceError. */
  constructor(config: PluginConfig, source: VmSource, stats: VmStats) {
    this.config = config
    this.#source = source
    this.#stats = stats
    this.#root = this.#start()
  }

  /** The context of a new stream; 'bypass' = go without this filter, 'fail' = answer 503 `wasm_fail_stream` (hot). */
  openStream(host: StreamHost): StreamContext | 'bypass' | 'fail' {
    if (!this.#root.vm.failed) return new StreamContext(this.#root, host)
    const policy = this.config.failurePolicy
    if (policy === 'FAIL_OPEN') return 'bypass'
    return policy === 'FAIL_RELOAD' && this.#reload() ? new StreamContext(this.#root, host) : 'fail'
  }

  /** The root context; another one after a reload. */
  get root(): RootContext {
    return this.#root
  }

  /** Ends the root context: on_done, on_delete. Harmless when repeated. */
  stop(): void {
    this.#root.stop()
    this.#source.release(this.#root.vm)
  }

  /** Ends the plugin without telling the guest: the way of a canary. */
  drop(): void {
    this.#root.drop()
    this.#source.release(this.#root.vm)
  }

  #start(): RootContext {
    const vm = this.#source.acquire(this.config)
    const root = new RootContext(vm, this.config)
    try {
      root.start()
    } catch (error) {
      root.drop()
      this.#source.release(vm)
      throw error
    }
    return root
  }

  /** True when the plugin runs again. */
  #reload(): boolean {
    const services = this.#root.vm.services
    const age = services.clock.monotonicMillis() - this.#root.vm.loadedAt
    if (this.#backoff < 0) this.#backoff = this.config.reloadBackoff * (1 + services.random.fraction() / 2)
    if (age < this.#backoff) return this.#count('vm_reload_backoff', false)
    this.#source.release(this.#root.vm)
    this.#backoff = -1
    try {
      this.#root = this.#start()
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      services.loggers.get('wasm').log(4, String(error))
      return this.#count('vm_reload_failure', false)
    }
    return this.#count('vm_reload_success', true)
  }

  #count(name: string, result: boolean): boolean {
    this.#stats.increment(`wasm.${this.config.name}.${name}`)
    return result
  }
}
