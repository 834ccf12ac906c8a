/** The flags of `sluice run` without a proxy's configuration: what is tried, what is sent through it, and what answers. */
import { Option, type Command } from 'commander'
import { SluiceError } from '../errors.ts'
import { readRequestFile } from '../project/trial/request-file.ts'
import type { TrialAnswer, TrialRequest } from '../project/trial/trial.ts'
import { utf8ByteString } from '../util/bytes.ts'
import type { EngineName } from '../vm/engines.ts'
import { toNumber } from './option-values.ts'
import type { RegistryFlags } from './registry-options.ts'

type Header = readonly [string, string]

/** The flags of a trial after their texts were read. */
export interface TrialFlags extends RegistryFlags {
  readonly chain?: string
  readonly config?: string
  readonly request?: string
  readonly method: string
  readonly path: string
  readonly header: readonly Header[]
  readonly data: string
  readonly cluster: ReadonlyMap<string, number>
  readonly upstreamStatus: number
  readonly upstreamHeader: readonly Header[]
  readonly upstreamBody: string
  readonly engine?: EngineName
  readonly envoy: boolean
  readonly port?: number
  readonly watch: boolean
}

const CHAIN =
  'filters in their order, joined by commas: MODULE, MODULE=CONFIGURATION, or . for the project here; ' +
  'or a bootstrap, for the chain that it has: envoy.yaml, envoy.yaml=LISTENER'

/** Adds the flags of a trial. */
export function addTrialFlags(command: Command): Command {
  return command
    .option('--config <file>', 'plugin configuration (default: that of the project)')
    .addOption(new Option('--chain <chain>', CHAIN).conflicts('config'))
    .option('-X, --method <method>', 'method of the request', 'GET')
    .option('--path <path>', 'path of the request', '/')
    .option('-H, --header <header>', 'header of the request, "name: value"; may be repeated', addHeader, [])
    .option('-d, --data <text>', 'body of the request; of a connection, what the client says', '')
    .addOption(
      new Option('--request <file>', 'the request as it is on the wire; .yaml: method, path, headers, body').conflicts([
        'method',
        'path',
        'header',
        'data',
      ]),
    )
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
    .option('--port <port>', 'serve on this port of 127.0.0.1 (0: any), and show what each request became', toPort)
    .option('-w, --watch', 'do it again, or go on serving with the new filter or configuration, whenever a file changes', false)
}

/** What is sent. Throws for a file that holds no request. */
export function trialRequest({ request, method, path, header, data }: TrialFlags): TrialRequest {
  return request === undefined ? { method, path, headers: header, body: utf8ByteString(data) } : readRequestFile(request)
}

/** What answers it. */
export function trialAnswer({ upstreamStatus: status, upstreamHeader: headers, upstreamBody }: TrialFlags): TrialAnswer {
  return { status, headers, body: utf8ByteString(upstreamBody) }
}

/** `auth` or `auth=403`. */
export function toCluster(text: string): [string, number] {
  const [name = '', status = '200'] = text.split('=')
  return [name, toStatus(status)]
}

function toPort(text: string): number {
  return toNumber('--port', 0, 65_535)(text)
}

function addHeader(text: string, headers: readonly Header[]): Header[] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined) throw new SluiceError('SLUICE_CLI_USAGE', 'Bad header', { seen: text, wanted: '"name: value"' })
  return [...headers, [name.toLowerCase(), value!]]
}

function addCluster(text: string, clusters: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...clusters, toCluster(text)])
}

function toStatus(text: string): number {
  if (/^[2-5][0-9][0-9]$/.test(text)) return Number(text)
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad status', { seen: text, wanted: 'a number from 200 to 599' })
}
