/** `sluice manifest`: how a product is told to run a filter (docs/MANIFESTS.md). */
import { Argument, Option } from 'commander'
import { configFaults, type FilterSchema } from '../check/filter-config.ts'
import { findSchema } from '../check/find-schema.ts'
import { SluiceErrors } from '../errors.ts'
import type { Failure, FilterDeployment, MeshPhase, TrafficMode } from '../manifest/deployment.ts'
import { renderManifest, SURFACES } from '../manifest/render.ts'
import { given, type Surface } from '../manifest/surface.ts'
import type { AddCommand } from './commands.ts'
import { readFilterConfig, readSchemaFile } from './filter-files.ts'
import { moduleName, moduleSource, type ModuleFlags } from './module-flags.ts'
import type { CommandOutput } from './output.ts'
import { projectDefaults, type ProjectDefaults } from './project-defaults.ts'
import { addRegistryOptions } from './registry-options.ts'
import { repeated, toAddress, toEnv, toLabel, toNumber, toTarget } from './option-values.ts'

/** Fields whose flags have another name or form. */
type Renamed = 'name' | 'rootId' | 'module' | 'config' | 'failure' | 'selector' | 'targets' | 'ports'

/** The options after their texts were read. */
interface ManifestOptions extends ModuleFlags, Omit<FilterDeployment, Renamed> {
  readonly name?: string
  readonly rootId?: string
  readonly config?: string
  readonly schema?: string
  readonly fail?: Failure
  readonly selector?: readonly (readonly [string, string])[]
  readonly target?: FilterDeployment['targets']
  readonly port?: FilterDeployment['ports']
}

const MAX_PORT = 65_535
const MAX_PRIORITY = 2_147_483_647

export const addManifestCommand: AddCommand = (program, { output }) => {
  const surfaces = SURFACES.map(({ name, description }) => `  ${name.padEnd(24)}${description}`)
  const command = program
    .command('manifest')
    .description('print the YAML with which a product runs a filter')
    .addArgument(new Argument('<surface>', 'form of the output, see below').choices(SURFACES.map(({ name }) => name)))
    .option('--image <reference>', 'the module in an OCI image')
    .option('--pin [digest]', "name the image by its manifest's digest, asked of the registry unless it is given")
    .option('--file <path>', 'the module as a file beside the proxy')
    .option('--url <url>', 'the module on a web server')
    .option('--sha256 <hex>', 'of the bytes that --url gives')
    .option('--name <name>', 'name of object and plugin; default: after the module')
    .option('--root-id <id>', 'root id of the filter; default: the name')
    .option('--config <file>', "the filter's configuration, JSON or YAML")
    .option('--schema <file>', 'JSON Schema of the configuration; default: schema.json where the module is')
    .option('--namespace <name>', 'namespace of the object')
    .addOption(
      new Option('--phase <phase>', 'place among all filters').choices(['AUTHN', 'AUTHZ', 'STATS'] satisfies MeshPhase[]),
    )
    .option('--priority <number>', 'order within the phase, higher first', toNumber('--priority', -MAX_PRIORITY, MAX_PRIORITY))
    .addOption(
      new Option('--fail <policy>', 'when the filter cannot run').choices(['closed', 'open', 'reload'] satisfies Failure[]),
    )
    .option('--selector <label=value>', 'label of the workloads; may be repeated', repeated(toLabel))
    .option('--target <kind/name>', 'what the filter is attached to; may be repeated', repeated(toTarget))
    .addOption(
      new Option('--mode <side>', 'side of the connection').choices(['server', 'client', 'gateway'] satisfies TrafficMode[]),
    )
    .option('--port <number>', 'only traffic to this port; may be repeated', repeated(toNumber('--port', 1, MAX_PORT)))
    .option('--vm-id <id>', 'plugins of one vm_id and module share a VM; default: the name')
    .option('--env <name[=value]>', "variable of the VM, without a value the proxy's own; may be repeated", repeated(toEnv))
    .option('--pull-secret <name>', "secret with the registry's credentials")
    .option('--upstream <host:port>', 'where a whole proxy sends requests', toAddress('--upstream'))
    .option('--listen-port <port>', 'where a whole proxy listens', toNumber('--listen-port', 0, MAX_PORT))
  addRegistryOptions(command)
    .addHelpText('after', `\nSurfaces:\n${surfaces.join('\n')}`)
    .action((surface: string, options: ManifestOptions) => manifest(surface, options, output))
}

async function manifest(name: string, flags: ManifestOptions, output: CommandOutput): Promise<void> {
  // Commander let no other name pass.
  const surface = SURFACES.find((one) => one.name === name)!
  const options = withProject(flags, await projectDefaults('.'), surface)
  const deployment = await toDeployment(options)
  checkConfig(deployment, schemaOf(options))
  const yaml = renderManifest(surface, deployment)
  output.result({ surface: name, yaml }, yaml.trimEnd())
}

/** The module of a project is its image where the surface takes one, else its file. */
function withProject(flags: ManifestOptions, defaults: ProjectDefaults, { modules }: Surface): ManifestOptions {
  const { image, file, name, ...others } = defaults
  const isNamed = flags.image !== undefined || flags.file !== undefined || flags.url !== undefined
  if (isNamed) return { ...others, ...flags }
  const module = image !== undefined && modules.includes('image') ? { image } : { file }
  return { ...others, ...given('name', name), ...(module as ModuleFlags), ...flags }
}

async function toDeployment(options: ManifestOptions): Promise<FilterDeployment> {
  const { name = moduleName(options), rootId = name, config, selector } = options
  return {
    name,
    rootId,
    module: await moduleSource(options),
    ...given('config', config && readFilterConfig(config)),
    ...given('namespace', options.namespace),
    ...given('phase', options.phase),
    ...given('priority', options.priority),
    ...given('failure', options.fail),
    ...given('selector', selector && Object.fromEntries(selector)),
    ...given('targets', options.target),
    ...given('mode', options.mode),
    ...given('ports', options.port),
    ...given('vmId', options.vmId),
    ...given('env', options.env),
    ...given('pullSecret', options.pullSecret),
    ...given('upstream', options.upstream),
    ...given('listenPort', options.listenPort),
  }
}

function schemaOf({ schema, file }: ManifestOptions): FilterSchema | null {
  if (schema !== undefined) return readSchemaFile(schema)
  return file === undefined ? null : findSchema(file)
}

function checkConfig({ config }: FilterDeployment, schema: FilterSchema | null): void {
  const faults = schema === null || config === undefined ? [] : configFaults(schema, config)
  if (faults.length > 0) throw new SluiceErrors(faults)
}
