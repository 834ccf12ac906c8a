/** `sluice completion`: what a shell needs to complete commands and flags. */
import { Argument, type Command } from 'commander'
import type { AddCommand } from './commands.ts'
import { SHELLS, type Completion, type Shell } from './completions.ts'

export const addCompletionCommand: AddCommand = (program, { output, wholeProgram }) => {
  program
    .command('completion')
    .description('print what a shell needs to complete commands and flags')
    .addArgument(new Argument('<shell>', 'where it goes stands at its head').choices(Object.keys(SHELLS)))
    .action(async (shell: Shell) => {
      const script = SHELLS[shell](completionsOf(await wholeProgram()))
      output.result({ shell, script }, script)
    })
}

function completionsOf(program: Command): Completion[] {
  const shared = longFlags(program)
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: [...longFlags(command), ...shared, '--help'],
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  }))
}

function longFlags(command: Command): string[] {
  return command.options.map(({ long }) => long).filter((long) => typeof long === 'string')
}
