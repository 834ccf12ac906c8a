/** The command `sluice`: its commands and the flags of all, and how faults become text and exit codes. */
import { Command, CommanderError, Option } from 'commander'
import { SluiceError } from '../errors.ts'
import { watchTraffic } from '../oci/registry/traffic.ts'
import { attempt } from '../util/attempt.ts'
import { version } from '../util/version.ts'
import { COMMANDS, type Cli, type LoadCommand } from './commands.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { CommandOutput, type OutputFlags } from './output.ts'

const COLOURS = ['auto', 'always', 'never'] as const
/** Flags of the program that are followed by a value. */
const VALUED = new Set(['--color', '--cwd'])

/** Runs the command; resolves with the exit code once everything it started has ended. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = createProgram()
  const output = new CommandOutput(() => program.opts<OutputFlags>())
  program.hook('preAction', () => prepare(program.opts<ProgramFlags>(), output))
  let code: number = EXIT.ok
  await addCommands(program, neededCommands(args), { output, exit: (result) => void (code = result), wholeProgram })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return fail(error, output)
  }
}

/** The program with all of its commands, to be described. */
export async function wholeProgram(): Promise<Command> {
  const program = createProgram()
  const output = new CommandOutput(() => program.opts<OutputFlags>())
  await addCommands(program, Object.values(COMMANDS), { output, exit: () => {}, wholeProgram })
  return program
}

interface ProgramFlags extends OutputFlags {
  readonly color: (typeof COLOURS)[number]
  readonly cwd?: string
}

/** What flags of all commands change before one runs. */
function prepare({ color, cwd, verbose }: ProgramFlags, output: CommandOutput): void {
  if (cwd !== undefined) attempt('SLUICE_CLI_USAGE', 'Cannot run there', { path: cwd }, () => process.chdir(cwd))
  if (verbose) watchTraffic({ onAnswer: (method, url, status) => output.detail(`${method} ${url} ${status}`) })
  if (color === 'auto') return
  // By variables, which the programs that commands start obey as well.
  delete process.env['NO_COLOR']
  delete process.env['FORCE_COLOR']
  process.env[color === 'always' ? 'FORCE_COLOR' : 'NO_COLOR'] = '1'
}

async function addCommands(program: Command, loads: readonly LoadCommand[], cli: Cli): Promise<void> {
  for (const load of loads) (await load())(program, cli)
}

function createProgram(): Command {
  return (
    new Command('sluice')
      .description('Proxy-Wasm filters from an empty folder to a running proxy, and a reverse proxy that runs them')
      .option('--json', 'print the result as one JSON document, errors as one JSON object per line', false)
      .addOption(new Option('-q, --quiet', 'print the result and errors only').default(false).conflicts('verbose'))
      .option('-v, --verbose', 'print requests to registries and what caused an error, too', false)
      .addOption(
        new Option('--color <when>', 'use colours')
          .choices(COLOURS)
          .default('auto', 'on terminals, as NO_COLOR and FORCE_COLOR say'),
      )
      .option('--cwd <folder>', 'run as if started in this folder')
      .version(version(), '--version', 'print the version')
      .configureHelp({ showGlobalOptions: true })
      .exitOverride()
      // Commander's own error text is replaced by ours, which is one line.
      .configureOutput({ outputError: () => {} })
  )
}

/** The command that is called; all of them for the help, and to propose one for a name that does not exist. */
function neededCommands(args: readonly string[]): readonly LoadCommand[] {
  const called = COMMANDS[args.find((arg, index) => !arg.startsWith('-') && !VALUED.has(args[index - 1] ?? '')) ?? '']
  return called === undefined ? Object.values(COMMANDS) : [called]
}

function fail(error: unknown, output: CommandOutput): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
  const fault = error instanceof CommanderError ? usageError(error) : error
  output.errors(fault)
  return exitCodeOf(fault)
}

/** Help that was asked for by calling nothing is usage too, but its text is already out. */
function usageError(error: CommanderError): SluiceError {
  const message =
    error.code === 'commander.help' ? 'No command given' : error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new SluiceError('SLUICE_CLI_USAGE', message, { next: 'see sluice --help' })
}
