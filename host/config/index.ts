/** The way from configuration texts to what the host runs on. */
import { SluiceErrors } from '../errors.ts'
import { buildBootstrap } from './build/bootstrap.ts'
import { BuildContext, PROCESS_INPUT } from './build/context.ts'
import type { BuildInput, RemoteSource } from './build/context.ts'
import { checkBootstrap } from './check.ts'
import { toError } from './fault.ts'
import type { Bootstrap } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { loadBootstrap } from './load.ts'
import type { ConfigText } from './tree.ts'
import type { BootstrapConfig } from './types.ts'

export { ANY_REGISTRY } from './registry.ts'
export { BootstrapSchema } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
export type { Bootstrap, BootstrapConfig, BuildInput, ConfigText, RemoteSource }

/** A configuration: the message for workers and `/config_dump`, the objects for the data plane. */
export interface Configuration {
  readonly message: Bootstrap
  readonly config: BootstrapConfig
}

/** Loads, checks and builds; later texts are merged over earlier ones. Throws `SluiceErrors` with all faults found. */
export function readConfiguration(texts: readonly ConfigText[], input: BuildInput = PROCESS_INPUT): Configuration {
  const { message, trees } = loadBootstrap(texts)
  const context = new BuildContext(input, message.staticResources?.secrets)
  const faults = checkBootstrap(message)
  const config = buildBootstrap(message, context)
  const all = [...faults, ...context.faults]
  if (all.length > 0) throw new SluiceErrors(all.map((fault) => toError(fault, trees)))
  return { message, config }
}

/** Builds from a message that was checked before, as workers do. Throws `SluiceErrors` when a file is gone. */
export function buildConfiguration(message: Bootstrap, input: BuildInput = PROCESS_INPUT): Configuration {
  const context = new BuildContext(input, message.staticResources?.secrets)
  const config = buildBootstrap(message, context)
  if (context.faults.length > 0) throw new SluiceErrors(context.faults.map((fault) => toError(fault, [])))
  return { message, config }
}
