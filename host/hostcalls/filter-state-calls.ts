/** `set_envoy_filter_state`, `declare_property`, and what `proxy_set_property` makes of a declaration. */
import { fromBinary } from '@bufbuild/protobuf'
import { Status } from '../abi/enums.ts'
import { MAX_STATE_BYTES } from '../abi/limits.ts'
import {
  DeclarePropertyArgumentsSchema,
  LifeSpan,
  SetEnvoyFilterStateArgumentsSchema,
  WasmType,
} from '../config/gen/envoy/source/extensions/common/wasm/foreign_functions_pb.ts'
import type {
  DeclarePropertyArguments,
  SetEnvoyFilterStateArguments,
} from '../config/gen/envoy/source/extensions/common/wasm/foreign_functions_pb.ts'
import {
  filterStateBytes,
  findFilterState,
  putFilterState,
  type FilterStateKind,
  type FilterStateObject,
  type FilterStateOwner,
} from '../http/filter-state.ts'
import type { PropertyDeclaration } from '../plugin/property-declaration.ts'
import type { Vm } from '../plugin/vm.ts'
import { byteString, utf8ByteString } from '../util/bytes.ts'
import { parsedOr } from './parse-argument.ts'

/** Prefix of names that guests set, in filter state. */
const STATE_PREFIX = 'wasm.'

/** Objects that the host knows by name. */
const OBJECTS: ReadonlySet<string> = new Set(['envoy.string', 'envoy.hashable_string'])

const KINDS: Readonly<Record<number, FilterStateKind>> = {
  [WasmType.Bytes]: 'bytes',
  [WasmType.String]: 'string',
  [WasmType.FlatBuffers]: 'opaque',
  [WasmType.Protobuf]: 'opaque',
}

const UNDECLARED: PropertyDeclaration = { kind: 'bytes', isReadOnly: false, isForConnection: false }

/** 1: no such object, no stream; 2: an undecodable argument; 10: the filter state is full. */
export function setEnvoyFilterState(vm: Vm, argument: Buffer): number {
  const set = ({ path, value, span }: SetEnvoyFilterStateArguments): number => {
    const { stream } = vm.effective!
    if (stream === null || !OBJECTS.has(path)) return Status.NotFound
    const object = { value: byteString(Buffer.from(value), 0, value.length), kind: 'text', isReadOnly: false } as const
    return keep(vm, stream.host.info, path, object, span === LifeSpan.DownstreamConnection)
  }
  return parsedOr(Status.BadArgument as number, () => fromBinary(SetEnvoyFilterStateArgumentsSchema, argument), set)
}

/** 2: an undecodable argument, or a name that the context has declared before. */
export function declareProperty(vm: Vm, argument: Buffer): number {
  const declare = ({ name, readonly, type, span }: DeclarePropertyArguments): number => {
    const declarations = (vm.current!.declarations ??= new Map())
    const key = utf8ByteString(name)
    if (declarations.has(key)) return Status.BadArgument
    const isForConnection = span === LifeSpan.DownstreamConnection
    declarations.set(key, { kind: KINDS[type] ?? 'bytes', isReadOnly: readonly, isForConnection })
    return Status.Ok
  }
  return parsedOr(Status.BadArgument as number, () => fromBinary(DeclarePropertyArgumentsSchema, argument), declare)
}

/** Keeps a value in the filter state as `wasm.<key>`. 1: no stream; 2: it can be set once only; 10: the filter state is full. */
export function setProperty(vm: Vm, key: string, value: string): number {
  const { stream, root } = vm.effective!
  if (stream === null) return Status.NotFound
  const { info } = stream.host
  const name = STATE_PREFIX + key
  const known = findFilterState(info, name)
  if (known?.isReadOnly === true) return Status.BadArgument
  const { kind, isReadOnly, isForConnection } = root.declarations?.get(key) ?? UNDECLARED
  if (known === null) return keep(vm, info, name, { value, kind, isReadOnly }, isForConnection)
  if (filterStateBytes(info) + value.length > MAX_STATE_BYTES) return vm.exceeded('state')
  known.value = value
  return Status.Ok
}

function keep(vm: Vm, owner: FilterStateOwner, name: string, object: FilterStateObject, isForConnection: boolean): number {
  if (filterStateBytes(owner) + name.length + object.value.length > MAX_STATE_BYTES) return vm.exceeded('state')
  putFilterState(owner, name, object, isForConnection)
  vm.work((owner.filterState?.size ?? 0) >> 4)
  return Status.Ok
}
