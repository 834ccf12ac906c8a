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
import { HttpContext } from './http-context.ts'
import type { AttributeSource } from './context.ts'
import { RootContext } from './root-context.ts'
import type { HttpHost, TcpHost } from './stream-host.ts'
import { TcpContext } from './tcp-context.ts'
import { ReloadCounts, type VmStats } from './vm-stats.ts'
import type { Vm } from './vm.ts'

/** Where a plugin gets its VM from. */
export interface VmSource {
  /** The live VM of the configuration's key, made when there is none; throws SluiceError. */
  acquire(config: PluginConfig): Vm
  /** The plugin no longer uses the VM. */
  release(vm: Vm): void
  /** The plugin has stopped for good. */
  forget(plugin: Plugin): void
}

export class Plugin {
  readonly config: PluginConfig
  readonly #source: VmSource
  readonly #counts: ReloadCounts
  #root: RootContext
  /** Its VM is acquired and has to be released. */
  #holdsVm = true
  /** Uses by the configuration; the root ends with the last one. */
  #uses = 1
  /** Monotonic milliseconds of the last load that worked or was tried, and how long no other may follow. */
  #loadedAt: number
  #backoff = -1

  /** Starts the root context in the worker's VM; throws SluiceError. */
  constructor(config: PluginConfig, source: VmSource, stats: VmStats) {
    this.config = config
    this.#source = source
    this.#counts = new ReloadCounts(stats, config.name)
    this.#root = this.#start()
    this.#loadedAt = this.#root.vm.loadedAt
  }

  /** The context of a new stream; 'bypass' = go without this filter, 'fail' = answer 503 `wasm_fail_stream` (hot). */
  openStream(host: HttpHost): HttpContext | 'bypass' | 'fail' {
    if (this.#root.vm.failed && !this.#revive()) return this.#withoutVm
    return new HttpContext(this.#root, host)
  }

  /** The context of a new connection; 'fail' = close it. */
  openConnection(host: TcpHost): TcpContext | 'bypass' | 'fail' {
    if (this.#root.vm.failed && !this.#revive()) return this.#withoutVm
    return new TcpContext(this.#root, host)
  }

  /** Has the root context log a stream that has ended; without a living VM nothing is logged. */
  logStream(stream: AttributeSource): void {
    if (this.#root.vm.failed && !(this.config.failurePolicy === 'FAIL_RELOAD' && this.#reload())) return
    this.#root.onLog(stream)
  }

  /** The root context; another one after a reload. */
  get root(): RootContext {
    return this.#root
  }

  /** Another use of the same plugin: `stop` is called once more. */
  retain(): void {
    this.#uses++
  }

  /** Ends one use; with the last one the root context gets on_done and on_delete. Harmless when repeated after that. */
  stop(): void {
    if (this.#uses === 0 || --this.#uses > 0) return
    this.#root.stop()
    this.#releaseVm()
    this.#source.forget(this)
  }

  /** Ends the plugin without telling the guest: the way of a canary. */
  drop(): void {
    this.#uses = 0
    this.#root.drop()
    this.#releaseVm()
    this.#source.forget(this)
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

  /** What becomes of a stream while the VM is failed. */
  get #withoutVm(): 'bypass' | 'fail' {
    return this.config.failurePolicy === 'FAIL_OPEN' ? 'bypass' : 'fail'
  }

  #revive(): boolean {
    return this.config.failurePolicy === 'FAIL_RELOAD' && this.#reload()
  }

  /** True when the plugin runs again. */
  #reload(): boolean {
    const services = this.#root.vm.services
    const now = services.clock.monotonicMillis()
    if (this.#backoff < 0) this.#backoff = this.config.reloadBackoff * (1 + services.random.fraction() / 2)
    if (now - this.#loadedAt < this.#backoff) {
      this.#counts.backoff.add(1)
      return false
    }
    this.#releaseVm()
    this.#loadedAt = now
    this.#backoff = -1
    try {
      this.#root = this.#start()
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      this.#root.vm.log.log(4, String(error))
      this.#counts.failure.add(1)
      return false
    }
    this.#holdsVm = true
    this.#counts.success.add(1)
    return true
  }

  #releaseVm(): void {
    if (this.#holdsVm) this.#source.release(this.#root.vm)
    this.#holdsVm = false
  }
}
