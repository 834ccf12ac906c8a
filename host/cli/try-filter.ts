/** `sluice run` without a proxy's configuration: sends one request through a filter, and shows what it changes. */
import { readFileSync, existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { SluiceError } from '../errors.ts'
import { inspectModule } from '../plugin/inspect-module.ts'
import { buildProject } from '../project/build.ts'
import { filterName, projectPath, readProject, type Project } from '../project/project.ts'
import { tryInEnvoy } from '../project/trial/envoy-trial.ts'
import { tryInHarness } from '../project/trial/harness-trial.ts'
import type { TrialInput } from '../project/trial/trial.ts'
import type { EngineName } from '../vm/engines.ts'
import { V8Engine } from '../vm/v8.ts'
import type { CommandOutput } from './output.ts'
import { trialText } from './trial-text.ts'

type Header = readonly [string, string]

/** The flags of a trial after their texts were read. */
export interface TrialFlags {
  readonly method: string
  readonly path: string
  readonly header: readonly Header[]
  readonly data: string
  readonly config?: string
  readonly cluster: ReadonlyMap<string, number>
  readonly upstreamStatus: number
  readonly upstreamHeader: readonly Header[]
  readonly upstreamBody: string
  readonly engine?: EngineName
  readonly envoy: boolean
}

/** Adds the flags of a trial. */
export function addTrialFlags(command: Command): Command {
  return command
    .option('-X, --method <method>', 'method of the request', 'GET')
    .option('--path <path>', 'path of the request', '/')
    .option('-H, --header <header>', 'header of the request, "name: value"; may be repeated', addHeader, [])
    .option('-d, --data <text>', 'body of the request; of a connection, what the client says', '')
    .option('--config <file>', 'plugin configuration (default: that of the project)')
    .option(
      '--cluster <name[=status]>',
      'a cluster that the filter calls, and what it answers; may be repeated',
      addCluster,
      new Map(),
    )
    .option('--upstream-status <status>', 'status of the answer', toStatus, 200)
    .option('--upstream-header <header>', 'header of the answer; may be repeated', addHeader, [])
    .option('--upstream-body <text>', 'body of the answer; of a connection, what the upstream says', 'hello from the upstream\n')
    .option('--envoy', 'do it in an Envoy on this machine (ENVOY_BIN, or envoy on PATH)', false)
}

/** Runs the module, or that of the project in the working directory, which is compiled first. */
export async function tryFilter(module: string | undefined, flags: TrialFlags, output: CommandOutput): Promise<void> {
  const input = module === undefined ? await projectInput(flags) : moduleInput(module, flags)
  const isTcp = hasConnections(input.module)
  const trial = flags.envoy ? await tryInEnvoy(input, isTcp) : tryInHarness(input, isTcp)
  output.result(
    trial,
    trialText(trial, (paint, text) => output.paint(paint, text)),
  )
}

async function projectInput(flags: TrialFlags): Promise<TrialInput> {
  const project = await readProject(process.cwd())
  await buildProject(project)
  const [rootId = filterName(project)] = project.settings.rootIds
  return {
    ...inputOf(flags),
    module: projectPath(project, 'module'),
    name: filterName(project),
    rootId,
    config: flags.config === undefined ? projectConfig(project) : readText(flags.config),
    clusters: new Map([...project.settings.clusters.map(toCluster), ...flags.cluster]),
  }
}

/** A project without a configuration file has a filter that needs none. */
function projectConfig(project: Project): string | null {
  const file = projectPath(project, 'config')
  return existsSync(file) ? readText(file) : null
}

function moduleInput(module: string, flags: TrialFlags): TrialInput {
  const name = basename(module, '.wasm')
  const config = flags.config === undefined ? null : readText(flags.config)
  return { ...inputOf(flags), module, name, rootId: name, config, clusters: flags.cluster }
}

type RequestPart = Pick<TrialInput, 'request' | 'answer' | 'engine'>

function inputOf({ method, path, header, data, upstreamStatus, upstreamHeader, upstreamBody, engine }: TrialFlags): RequestPart {
  return {
    request: { method, path, headers: header, body: data },
    answer: { status: upstreamStatus, headers: upstreamHeader, body: upstreamBody },
    ...(engine === undefined ? {} : { engine }),
  }
}

/** Whether the module is a filter of connections; throws for one that no host takes. */
function hasConnections(path: string): boolean {
  const { callbacks, faults } = inspectModule(new V8Engine(), readBytes(path), path)
  if (faults[0] !== undefined) throw faults[0]
  return callbacks.includes('proxy_on_new_connection') || callbacks.includes('proxy_on_downstream_data')
}

function readText(path: string): string {
  return readBytes(path).toString('utf8')
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('SLUICE_CONFIG_FILE', 'Cannot read the file', { path, seen }, cause)
  }
}

function addHeader(text: string, headers: readonly Header[]): Header[] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined) throw new SluiceError('SLUICE_CLI_USAGE', 'Bad header', { seen: text, wanted: '"name: value"' })
  return [...headers, [name.toLowerCase(), value!]]
}

function addCluster(text: string, clusters: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...clusters, toCluster(text)])
}

/** `auth` or `auth=403`. */
function toCluster(text: string): [string, number] {
  const [name = '', status = '200'] = text.split('=')
  return [name, toStatus(status)]
}

function toStatus(text: string): number {
  if (/^[2-5][0-9][0-9]$/.test(text)) return Number(text)
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad status', { seen: text, wanted: 'a number from 200 to 599' })
}
