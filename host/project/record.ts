/** Streams of a running host as a recording that tests replay: `/tap` and `/config_dump` of its admin interface. */
import { SluiceError } from '../errors.ts'
import type { TraceJson } from '../tap/trace-json.ts'
import { RECORDING_VERSION, type JsonMessage, type Recording } from '../testing/recording/recording.ts'

export interface RecordOptions {
  /** Address of the admin interface, `http://host:port`. */
  readonly admin: string
  /** Conditions that must all hold (docs/TAP.md); default: any stream. */
  readonly match?: readonly string[]
  /** Streams until it ends; default 1. */
  readonly count?: number
  /** Seconds until it ends; default 60. */
  readonly timeout?: number
  /** Bytes of each body that are kept; default 65536. */
  readonly body?: number
  /** Keeps secrets as they are. */
  readonly unmasked?: boolean
  /** The tap is open: streams from here on are seen. */
  readonly onOpen?: () => void
  /** A stream has been recorded. */
  readonly onStream?: (stream: TraceJson) => void
}

/** Resolves with what came until count or time was reached. Rejects with SLUICE_RECORD_ADMIN. */
export async function record(options: RecordOptions): Promise<Recording> {
  const response = await askAdmin(options.admin, `/tap?${queryOf(options)}`)
  options.onOpen?.()
  const streams: TraceJson[] = []
  for await (const line of linesOf(response)) {
    const stream = JSON.parse(line) as TraceJson
    streams.push(stream)
    options.onStream?.(stream)
  }
  const { listeners = [], clusters = [] } = await resourcesOf(options.admin)
  const named = new Set(streams.map(({ listener }) => listener))
  return {
    sluice_recording: RECORDING_VERSION,
    listeners: listeners.filter(({ name }) => named.has(String(name ?? ''))),
    clusters,
    streams,
  }
}

interface Resources {
  readonly listeners?: readonly JsonMessage[]
  readonly clusters?: readonly JsonMessage[]
}

/** `envoy.admin.v3.BootstrapConfigDump`. */
interface BootstrapDump {
  readonly configs: readonly [{ readonly bootstrap: { readonly static_resources?: Resources } }]
}

async function resourcesOf(admin: string): Promise<Resources> {
  const dump = await askAdmin(admin, '/config_dump?mask=bootstrap')
  const { configs } = (await dump.json()) as BootstrapDump
  return configs[0].bootstrap.static_resources ?? {}
}

function queryOf({ match = [], count = 1, timeout = 60, body = 65_536, unmasked = false }: RecordOptions): string {
  const query = new URLSearchParams(match.map((text): [string, string] => ['match', text]))
  query.set('count', String(count))
  query.set('timeout', String(timeout))
  query.set('body', String(body))
  if (unmasked) query.set('unmasked', '')
  return query.toString().replaceAll('+', '%20') // an admin interface takes a plus sign for one
}

async function askAdmin(admin: string, target: string): Promise<Response> {
  const response = await fetch(new URL(target, admin)).catch((cause: unknown) => {
    throw new SluiceError(
      'SLUICE_RECORD_ADMIN',
      'Cannot reach the admin interface',
      { path: admin, seen: reasonOf(cause) },
      cause,
    )
  })
  if (response.ok) return response
  const seen = `${response.status} ${(await response.text()).trim()}`
  throw new SluiceError('SLUICE_RECORD_ADMIN', 'The admin interface refused', { path: new URL(target, admin).href, seen })
}

/** `fetch` says why in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const part of response.body!) {
    rest += decoder.decode(part, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop()!
    yield* lines
  }
}
