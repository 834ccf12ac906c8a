/** `sluice check`: faults of a module, an image or a configuration before a proxy meets them (docs/CHECK.md). */
import { Option } from 'commander'
import { CONSUMERS, type Consumer } from '../check/check-image.ts'
import { HOST_PROFILES, MAX_MODULE_BYTES, type HostProfile } from '../check/check-module.ts'
import { checkTarget, type CheckOptions } from '../check/check-target.ts'
import type { CheckFinding } from '../check/check-finding.ts'
import { SluiceError } from '../errors.ts'
import type { AddCommand, Cli } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { readFilterConfig, readSchemaFile } from './filter-files.ts'
import { toNumber } from './option-values.ts'
import { projectDefaults } from './project-defaults.ts'
import { accessOf, addRegistryOptions, type RegistryFlags } from './registry-options.ts'

interface CheckFlags extends RegistryFlags {
  readonly host: readonly HostProfile[]
  readonly consumer: readonly Consumer[]
  readonly config?: string
  readonly schema?: string
  readonly rootId?: string
  readonly maxSize: number
  readonly strict: boolean
}

export const addCheckCommand: AddCommand = (program, cli) => {
  const command = program
    .command('check')
    .description('find what is wrong with a module, an image or a configuration before a proxy does')
    .argument('[target]', "module, layout folder, configuration, or image reference; default: the project's module")
    .addOption(new Option('--host <names...>', 'products that shall run the module').choices(HOST_PROFILES).default(['envoy']))
    .addOption(
      new Option('--consumer <names...>', 'products that shall pull the image').choices(CONSUMERS).default(CONSUMERS, 'all'),
    )
    .option('--config <file>', "the filter's configuration, JSON or YAML")
    .option('--schema <file>', 'JSON Schema of the configuration; default: schema.json where the module is')
    .option('--root-id <id>', 'root id under which the module shall run')
    .option('--max-size <bytes>', 'largest module', toNumber('--max-size', 1, MAX_MODULE_BYTES), MAX_MODULE_BYTES)
    .option('--strict', 'count warnings as errors', false)
  addRegistryOptions(command).action((target: string | undefined, flags: CheckFlags) => check(target, flags, cli))
}

async function check(named: string | undefined, flags: CheckFlags, { output, exit }: Cli): Promise<void> {
  const project = named === undefined ? await projectDefaults('.') : {}
  const target = named ?? project.file
  if (target === undefined) throw new SluiceError('SLUICE_CLI_USAGE', 'Nothing to check', { wanted: 'a target, or a project' })
  const findings = await checkTarget(target, optionsOf({ ...project, ...flags }))
  const errors = findings.filter(({ level }) => level === 'error' || flags.strict).length
  const list = findings.map(({ level, error }) => ({ level, ...error.toJSON() }))
  const summary = `${target}: ${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`
  const paint = { error: 'red', warning: 'yellow' } as const
  const lines = findings.map(({ level, error }: CheckFinding) => `${output.paint(paint[level], level)} ${error.toString()}`)
  output.result({ target, errors, findings: list }, [...lines, summary].join('\n'))
  if (errors > 0) exit(EXIT.check)
}

function optionsOf(flags: CheckFlags): CheckOptions {
  const { host: hosts, consumer: consumers, maxSize: maxBytes, config, schema, rootId } = flags
  return {
    limits: { hosts, maxBytes },
    consumers,
    access: accessOf(flags),
    rootId: rootId ?? null,
    schema: schema === undefined ? null : readSchemaFile(schema),
    ...(config === undefined ? {} : { config: readFilterConfig(config) }),
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
