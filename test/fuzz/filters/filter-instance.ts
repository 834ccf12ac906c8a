/** One VM with the module of a filter that takes configurations one after the other, each as a plugin of its own. */
import { readFileSync } from 'node:fs'
import { modulePath, type FilterName } from '../../../filters/index.js'
import { RecordingHost } from '../../sdk/support/recording-host.ts'
import type { Pairs } from '../../sdk/support/pairs.ts'

/** Plugins of one VM: what a host keeps of them is let go with it. */
const MOST_PLUGINS = 2000

export class FilterInstance {
  readonly #wasm: Buffer
  readonly #environment: Readonly<Record<string, string>>
  #host: RecordingHost
  #nextId = 1
  #plugins = 0

  constructor(filter: FilterName, environment: Readonly<Record<string, string>>) {
    this.#environment = environment
    this.#wasm = readFileSync(modulePath(filter))
    this.#host = this.#start()
  }

  /** Lines of the log since the last configuration came. */
  get logs(): readonly string[] {
    return this.#host.logs
  }

  /** Whether the filter takes it. One that it takes bears the request, in all callbacks that the filter has; throws when it traps. */
  accepts(config: Buffer, request: Pairs): boolean {
    if (++this.#plugins % MOST_PLUGINS === 0) this.#host = this.#start()
    const host = this.#host
    host.logs.length = 0
    host.calls.length = 0
    const root = this.#nextId++
    host.buffers.set(7, config)
    host.call('proxy_on_context_create', root, 0)
    const isAccepted = host.call('proxy_on_vm_start', root, 0) === 1 && host.call('proxy_on_configure', root, config.length) === 1
    if (isAccepted) this.#serve(root, request)
    else if (host.logs.length === 0) throw new Error('refused without a line in the log')
    host.call('proxy_on_done', root)
    host.call('proxy_on_delete', root)
    return isAccepted
  }

  #start(): RecordingHost {
    const host = new RecordingHost(this.#wasm)
    for (const [name, value] of Object.entries(this.#environment)) host.environment.set(name, value)
    host.properties.set('source.address', Buffer.from('192.0.2.7:4711'))
    return host
  }

  #serve(root: number, request: Pairs): void {
    const host = this.#host
    const id = this.#nextId++
    host.maps.set(0, request)
    host.maps.set(2, [[':status', '200']])
    host.buffers.set(0, Buffer.from('{"a":1}'))
    host.call('proxy_on_context_create', id, root)
    for (const [callback, ...args] of [
      ['proxy_on_request_headers', id, request.length, 0],
      ['proxy_on_request_body', id, 7, 1],
      ['proxy_on_response_headers', id, 1, 1],
    ] as const) {
      if (host.has(callback)) host.call(callback, ...args)
    }
    if (host.has('proxy_on_tick')) host.call('proxy_on_tick', root)
    host.end(id)
  }
}
