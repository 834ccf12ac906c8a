/** `sluice conformance`: judges any Proxy-Wasm host by what a real Envoy does (docs/CONFORMANCE.md). */
import { Option } from 'commander'
import { stringify } from 'yaml'
import { ABI_VERSIONS, type AbiVersion } from '../abi/version.ts'
import { kitBootstrap, type Places } from '../conformance/bootstrap.ts'
import { CHAPTERS } from '../conformance/chapters/index.ts'
import { LAYOUT_PORTS, layoutFrom } from '../conformance/layout.ts'
import { SluiceError } from '../errors.ts'
import type { AddCommand } from './commands.ts'
import { judgeHost, type Judgement } from './judge-host.ts'
import type { CommandOutput } from './output.ts'

const LAST_PORT = 65_535

/** The options after their texts were read. */
interface ConformanceOptions {
  readonly hostUrl: Places
  readonly chapter: readonly string[]
  readonly abi: readonly AbiVersion[]
  readonly known?: string
  readonly deadly: boolean
  readonly printBootstrap: boolean
}

export const addConformanceCommand: AddCommand = (program, cli) => {
  const names = CHAPTERS.map(({ name }) => name)
  program
    .command('conformance')
    .description('compare what a Proxy-Wasm host answers to every hostcall with what a real Envoy does')
    .requiredOption('--host-url <url>', 'first port of the host under judgement: http://127.0.0.1:PORT', toPlaces)
    .addOption(new Option('--chapter <names...>', 'chapters to run').choices(names).default(names, 'all'))
    .addOption(new Option('--abi <versions...>', 'ABI versions to run').choices(ABI_VERSIONS).default(ABI_VERSIONS, 'all'))
    .addOption(new Option('--known <host>', 'do not count the documented differences of this host').choices(['sluice']))
    .option('--no-deadly', 'leave out the calls that end a real Envoy')
    .option('--print-bootstrap', 'print the Envoy configuration that mounts the guests, and judge nothing', false)
    .action(async (options: ConformanceOptions) => cli.exit(await conformance(options, cli.output)))
}

async function conformance(
  { hostUrl: places, printBootstrap, ...options }: ConformanceOptions,
  output: CommandOutput,
): Promise<number> {
  if (!printBootstrap) return judgeHost(places, toJudgement(options), output)
  process.stdout.write(stringify(kitBootstrap(places), { aliasDuplicateObjects: false }))
  return 0
}

function toJudgement({ chapter, abi, known, deadly }: Omit<ConformanceOptions, 'hostUrl' | 'printBootstrap'>): Judgement {
  return {
    chapters: CHAPTERS.filter(({ name }) => chapter.includes(name)),
    versions: abi,
    judge: known === undefined ? null : 'host',
    isSpared: !deadly,
  }
}

function toPlaces(text: string): Places {
  const port = /^http:\/\/(?:127\.0\.0\.1|localhost):(\d{1,5})\/?$/.exec(text)?.[1]
  const first = Number(port ?? 0)
  const last = LAST_PORT - LAYOUT_PORTS + 1
  if (first >= 1 && first <= last) return layoutFrom(first)
  const wanted = `http://127.0.0.1:PORT with a port from 1 to ${last}: the host finds the kit's upstream on the same machine`
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --host-url', { seen: text, wanted })
}
