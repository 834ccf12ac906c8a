/** `sluice record`: streams of a running host as a file that tests replay (docs/TAP.md). */
import { writeFile } from 'node:fs/promises'
import { SluiceError } from '../errors.ts'
import { record } from '../project/record.ts'
import type { TraceJson } from '../tap/trace-json.ts'
import type { AddCommand, Cli } from './commands.ts'
import { repeated, toNumber } from './option-values.ts'

interface RecordFlags {
  readonly match?: readonly string[]
  readonly count: number
  readonly timeout: number
  readonly body: number
  readonly unmasked?: boolean
  readonly out: string
}

export const addRecordCommand: AddCommand = (program, cli) => {
  program
    .command('record')
    .description('record requests of a running host in a file that tests replay')
    .argument('<admin>', 'admin interface of the host, such as http://127.0.0.1:9901')
    .option(
      '-m, --match <condition>',
      'path:PREFIX, method:NAME, header:NAME[=VALUE], status:CODE, status:5xx or listener:NAME; may be repeated, all must hold',
      repeated(String),
    )
    .option('--count <streams>', 'streams until it ends', toNumber('--count', 1, 1000), 1)
    .option('--timeout <seconds>', 'time until it ends', toNumber('--timeout', 1, 3600), 60)
    .option(
      '--body <bytes>',
      'most of each body that is kept; a stream with more cannot be replayed',
      toNumber('--body', 1, 1_048_576),
      65_536,
    )
    .option('--unmasked', 'keep credentials as they are')
    .option('-o, --out <file>', 'file that is written', 'recording.json')
    .action((admin: string, flags: RecordFlags) => recordStreams(admin, flags, cli))
}

async function recordStreams(admin: string, { out, ...flags }: RecordFlags, { output }: Cli): Promise<void> {
  const recording = await record({
    ...flags,
    admin: toUrl(admin),
    onOpen: () => output.note(`recording up to ${flags.count} stream(s) for ${flags.timeout} s`),
    onStream: (stream) => output.note(`  ${summary(stream)}`),
  })
  const { streams } = recording
  if (streams.length === 0)
    throw new SluiceError('SLUICE_RECORD_ADMIN', 'Nothing was recorded', { path: admin, wanted: 'a stream that matches' })
  await writeFile(out, `${JSON.stringify(recording, null, 1)}\n`)
  output.result({ file: out, streams: streams.map(summary) }, `${out}: ${streams.length} stream(s)`)
}

function toUrl(admin: string): string {
  const text = /^https?:\/\//.test(admin) ? admin : `http://${admin}`
  if (URL.canParse(text)) return text
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad address of the admin interface', { seen: admin, wanted: 'http://host:port' })
}

function summary({ request: { headers = [] }, response_code: code, response_code_details: details }: TraceJson): string {
  const valueOf = (name: string): string => headers.find(({ key }) => key === name)?.value ?? '?'
  return `${valueOf(':method')} ${valueOf(':path')} ${code} ${details}`
}
