/** The command `sluice`: its commands, and how faults become text and exit codes (0 done, 1 failed, 2 not begun). */
import { Command, CommanderError } from 'commander'
import { SluiceError, type ErrorCode } from '../errors.ts'
import { version } from '../index.ts'
import { printErrors } from './print-errors.ts'
import { addConformanceCommand } from './conformance-command.ts'
import { addInspectCommand } from './inspect-command.ts'
import { addRunCommand } from './run-command.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
/** Nothing was done: these are not the verdict of a command. */
const USAGE_CODES: readonly ErrorCode[] = ['SLUICE_CLI_USAGE', 'SLUICE_CONFORMANCE_HOST']

/** Runs the command; resolves with the exit code once everything it started has ended. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = new Command('sluice')
    .description('A reverse proxy that runs Proxy-Wasm filters')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    // Commander's own error text is replaced by ours, which is one line.
    .configureOutput({ outputError: () => {} })
  let code = 0
  addRunCommand(program, (result) => (code = result))
  addInspectCommand(program)
  addConformanceCommand(program, (result) => (code = result))
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return fail(error, args.includes('--json'))
  }
}

function fail(error: unknown, asJson: boolean): number {
  if (!(error instanceof CommanderError)) {
    printErrors(error, asJson)
    return error instanceof SluiceError && USAGE_CODES.includes(error.code) ? EXIT_USAGE : EXIT_FAILED
  }
  if (error.exitCode === 0) return 0
  printErrors(usageError(error), asJson)
  return EXIT_USAGE
}

/** Help that was asked for by calling nothing is usage too, but its text is already out. */
function usageError(error: CommanderError): SluiceError {
  const message =
    error.code === 'commander.help' ? 'No command given' : error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new SluiceError('SLUICE_CLI_USAGE', message, { next: 'see sluice --help' })
}
