/** Configuration texts as one typed bootstrap message. */
import { create, fromJson, mergeFromBinary, toBinary } from '@bufbuild/protobuf'
import { SluiceErrors } from '../errors.ts'
import type { SluiceError } from '../errors.ts'
import { convertTree } from './convert.ts'
import { toError } from './fault.ts'
import type { Fault } from './fault.ts'
import { BootstrapSchema } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import type { Bootstrap } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { ANY_REGISTRY } from './registry.ts'
import { parseTree } from './tree.ts'
import type { ConfigText, Tree } from './tree.ts'

/** A message and the trees it came from; `locate` finds a path of the message in them. */
export interface LoadedBootstrap {
  readonly message: Bootstrap
  readonly trees: readonly Tree[]
}

/**
 * Reads YAML or JSON texts into a bootstrap message. A later text is merged over the earlier ones as Envoy merges
 * `--config-yaml`: single values replace, messages merge, lists grow. Throws `SluiceErrors` with every fault of every
 * text; what the values mean together is for `check` to judge.
 */
export function loadBootstrap(texts: readonly ConfigText[]): LoadedBootstrap {
  const message = create(BootstrapSchema)
  const errors: SluiceError[] = []
  const trees = texts.map((text) => {
    const parsed = parseTree(text)
    errors.push(...parsed.errors)
    const faults: Fault[] = []
    const json = convertTree(BootstrapSchema, parsed.tree, faults)
    errors.push(...faults.map((fault) => toError(fault, [parsed.tree])))
    // The wire form merges by the very rules that Envoy's MergeFrom follows.
    if (errors.length === 0) mergeFromBinary(BootstrapSchema, message, toBytes(json))
    return parsed.tree
  })
  if (errors.length > 0) throw new SluiceErrors(errors)
  return { message, trees }
}

function toBytes(json: Parameters<typeof fromJson>[1]): Uint8Array {
  return toBinary(BootstrapSchema, fromJson(BootstrapSchema, json, { registry: ANY_REGISTRY }))
}
