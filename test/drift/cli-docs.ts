/**
 * Renders docs/CLI.md from the commands themselves. Run it to write the page: `node test/drift/cli-docs.ts`.
 */
import type { Argument, Command, Option } from 'commander'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { wholeProgram } from '../../host/cli/program.ts'

export const CLI_PAGE_FILE = join(import.meta.dirname, '../../docs/CLI.md')

const INTRODUCTION = `# Command line

One program, \`sluice\`. \`sluice --help\` and \`sluice COMMAND --help\` say what stands here.

The result of a command goes to standard output, everything else to standard error. Colours are for terminals unless \`--color\`,
\`NO_COLOR\` or \`FORCE_COLOR\` say else; uploads and downloads show there how far they are. In JSON a field keeps its meaning while
\`schemaVersion\` stays. Exit codes, and the codes of errors they follow from: [ERRORS.md](ERRORS.md). Settings of a project are flags,
else variables (\`SLUICE_MODULE\`), else the key \`sluice\` of package.json or \`sluice.config.{json,js,mjs,ts}\`, else the default.
Each command is a function of the package as well: \`sluice/project\`, \`sluice/testing\`, \`sluice\`.
`

/** The text of the page. */
export async function renderCliPage(): Promise<string> {
  const program = await wholeProgram()
  const shared = `\n## Flags of every command\n\n${optionTable(program.options)}`
  const list = program.commands.map(
    (command) => `| [${command.name()}](#sluice-${command.name()}) | ${cell(command.description())} |`,
  )
  const contents = `\n| command | does |\n|---|---|\n${list.join('\n')}\n`
  return [INTRODUCTION, contents, shared, ...program.commands.map(section)].join('')
}

function section(command: Command): string {
  const usage = `sluice ${command.name()} ${command.usage()}`.trim()
  const parts = [`\n## sluice ${command.name()}\n`, `${sentence(command.description())}\n`, `\`\`\`text\n${usage}\n\`\`\`\n`]
  if (command.registeredArguments.length > 0) parts.push(argumentTable(command.registeredArguments))
  if (command.options.length > 0) parts.push(optionTable(command.options))
  return parts.join('\n')
}

function argumentTable(rows: readonly Argument[]): string {
  return table(
    'argument',
    rows.map((one) => [one.name(), one.description, valuesOf(one.argChoices, one.defaultValue, one.defaultValueDescription)]),
  )
}

function optionTable(rows: readonly Option[]): string {
  const shown = rows.filter(({ hidden }) => !hidden)
  return table(
    'flag',
    shown.map((one) => [one.flags, one.description, valuesOf(one.argChoices, one.defaultValue, one.defaultValueDescription)]),
  )
}

function table(title: string, rows: readonly (readonly [string, string, string])[]): string {
  const lines = rows.map(
    ([name, meaning, values]) => `| \`${escaped(name)}\` | ${cell([meaning, values].filter(Boolean).join('; '))} |`,
  )
  return `| ${title} | meaning |\n|---|---|\n${lines.join('\n')}\n`
}

/** Values that are allowed, and the default where there is one to speak of. */
function valuesOf(choices: readonly string[] | undefined, standard: unknown, description: string | undefined): string {
  const allowed = choices === undefined ? '' : `one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`
  const isPlain = (typeof standard === 'string' && standard !== '') || typeof standard === 'number'
  const value = description ?? (isPlain ? `\`${String(standard).trim()}\`` : '')
  return [allowed, value === '' ? '' : `default ${value}`].filter(Boolean).join('; ')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** For a table, also inside of code. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function cell(text: string): string {
  return escaped(text).replaceAll(/<([a-z][^>]*)>/g, '&lt;$1&gt;')
}

if (import.meta.main) await writeFile(CLI_PAGE_FILE, await renderCliPage())
