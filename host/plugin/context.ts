/** What root and stream contexts have in common (hot): hostcalls act on whichever of them is the effective one. */
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { PropertyDeclaration } from './property-declaration.ts'
import type { RootContext } from './root-context.ts'
import type { HttpContext } from './http-context.ts'
import type { StreamContext } from './stream-context.ts'
import type { StreamBuffer, StreamHost, StreamMap } from './stream-host.ts'
import type { Vm } from './vm.ts'

/** A stream as attributes are read from it. */
export interface AttributeSource {
  readonly host: Pick<StreamHost, 'info' | 'resolveRoute'>
  /** Its route is settled. */
  readonly ended: boolean
  streamMap(type: StreamMap, write: boolean): HeaderMap | null
}

export interface Context {
  readonly vm: Vm
  /** From 1; unique among the living contexts of a VM. */
  readonly id: number
  /** The root context of the plugin; a root's own. */
  readonly root: RootContext
  /** This context when it belongs to a stream, else null. */
  readonly stream: StreamContext | null
  /** The same when that stream is HTTP. */
  readonly http: HttpContext | null
  /** What attributes are read from: the stream, or the one that a root logs now; null for none. */
  readonly attributes: AttributeSource | null
  /** What it has declared of properties; null = nothing. Those of a root count. */
  declarations: Map<string, PropertyDeclaration> | null
  /** True while on_log runs: maps are read-only and a missing one is only empty. */
  readonly logging: boolean
  /** Text between `wasm log` and the colon, with a leading blank unless empty. */
  readonly logPrefix: string
  /** One of the message's four maps if it can be seen (or changed) now, else null. */
  streamMap(type: StreamMap, write: boolean): HeaderMap | null
  /** The body or connection data that can be seen (or changed) now, else null. */
  streamBody(type: StreamBuffer, write: boolean): BodyBuffer | null
}
