/** The commands in the order of the help. Each is one line here, and only the one that is called is loaded. */
import type { Command } from 'commander'
import type { CommandOutput } from './output.ts'

/** What a command works with besides its own options. */
export interface Cli {
  readonly output: CommandOutput
  /** Sets the exit code of a command that ends without throwing; 0 unless it is called. */
  exit(code: number): void
  /** The program with all of its commands. */
  wholeProgram(): Promise<Command>
}

/** Defines a command of the program. */
export type AddCommand = (program: Command, cli: Cli) => void

export type LoadCommand = () => Promise<AddCommand>

export const COMMANDS: Readonly<Record<string, LoadCommand>> = {
  // A filter author's project.
  init: async () => (await import('./init-command.ts')).addInitCommand,
  build: async () => (await import('./build-command.ts')).addBuildCommand,
  test: async () => (await import('./test-command.ts')).addTestCommand,
  run: async () => (await import('./run-command.ts')).addRunCommand,
  bench: async () => (await import('./bench-command.ts')).addBenchCommand,
  record: async () => (await import('./record-command.ts')).addRecordCommand,
  doctor: async () => (await import('./doctor-command.ts')).addDoctorCommand,

  // A module, and who will take it.
  inspect: async () => (await import('./inspect-command.ts')).addInspectCommand,
  check: async () => (await import('./check-command.ts')).addCheckCommand,

  // Images, on disk.
  pack: async () => (await import('./pack-command.ts')).addPackCommand,
  attach: async () => (await import('./attach-command.ts')).addAttachCommand,
  sign: async () => (await import('./sign-command.ts')).addSignCommand,
  verify: async () => (await import('./verify-command.ts')).addVerifyCommand,

  // Images, in a registry.
  push: async () => (await import('./push-command.ts')).addPushCommand,
  pull: async () => (await import('./pull-command.ts')).addPullCommand,
  list: async () => (await import('./list-command.ts')).addListCommand,
  tag: async () => (await import('./tag-command.ts')).addTagCommand,
  copy: async () => (await import('./copy-command.ts')).addCopyCommand,
  delete: async () => (await import('./delete-command.ts')).addDeleteCommand,
  login: async () => (await import('./login-command.ts')).addLoginCommand,
  logout: async () => (await import('./login-command.ts')).addLogoutCommand,

  // Deployment.
  manifest: async () => (await import('./manifest-command.ts')).addManifestCommand,

  // Judging.
  conformance: async () => (await import('./conformance-command.ts')).addConformanceCommand,

  // The command line itself.
  completion: async () => (await import('./completion-command.ts')).addCompletionCommand,
}
