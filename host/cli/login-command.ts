/** `sluice login` and `sluice logout`: credentials in Docker's configuration or its helper. */
import { SluiceError } from '../errors.ts'
import { logIn, logOut } from '../oci/registry/login.ts'
import { parseRegistry } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { accessOf, addRegistryOptions, type RegistryFlags } from './registry-options.ts'
import { readPassword } from './standard-input.ts'

interface LoginFlags extends RegistryFlags {
  readonly username: string
  readonly passwordStdin: boolean
}

export const addLoginCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('login')
    .description('prove credentials at a registry and keep them as docker login does')
    .argument('<registry>', 'host[:port]')
    .requiredOption('-u, --username <name>', 'the user')
    .option('--password-stdin', 'read the password or token from standard input', false)
  addRegistryOptions(command).action((registry: string, flags: LoginFlags) => login(registry, flags, output))
}

export const addLogoutCommand: AddCommand = (program, { output }) => {
  program
    .command('logout')
    .description('forget the credentials of a registry')
    .argument('<registry>', 'host[:port]')
    .action(async (text: string) => {
      const report = await logOut(parseRegistry(text))
      output.result(report, `forgotten by ${report.keptBy}`)
    })
}

async function login(text: string, { username, passwordStdin, ...flags }: LoginFlags, output: CommandOutput): Promise<void> {
  const registry = parseRegistry(text)
  if (!passwordStdin) {
    // On a command line every user of the machine could read it.
    const next = `sluice login ${registry} -u ${username} --password-stdin < file`
    throw new SluiceError('SLUICE_CLI_USAGE', 'No password given', { wanted: '--password-stdin', next })
  }
  const report = await logIn(registry, username, await readPassword(), accessOf(flags))
  output.result(report, `kept by ${report.keptBy}`)
}
