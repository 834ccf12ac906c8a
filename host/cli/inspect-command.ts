/** `sluice inspect`: what a module is, what it needs, and whether hosts will take it. */
import { readFileSync } from 'node:fs'
import { SluiceError, SluiceErrors } from '../errors.ts'
import { inspectModule, type ModuleReport } from '../plugin/inspect-module.ts'
import { V8Engine } from '../vm/v8.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'

const WIDTH = 12

export const addInspectCommand: AddCommand = (program, { output }) => {
  program
    .command('inspect')
    .description('describe a Proxy-Wasm module; fails for one that Envoy refuses')
    .argument('<file>', 'the module, .wasm')
    .action((file: string) => inspect(file, output))
}

/** Throws the reasons for which the module is refused, when the report is out. */
function inspect(file: string, output: CommandOutput): void {
  const report = inspectModule(new V8Engine(), readModule(file), file)
  output.result(report, toText(file, report))
  if (report.faults.length > 0) throw new SluiceErrors(report.faults)
}

function readModule(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('SLUICE_WASM_LOAD', 'Cannot read the module', { path, seen }, cause)
  }
}

function toText(file: string, report: ModuleReport): string {
  const lines = [
    `${file}: ${report.bytes} bytes`,
    line('sha256', report.sha256),
    line('ABI', report.abiVersion ?? 'none that hosts know'),
    line('made by', report.producers.join(', ') || 'unknown'),
    line('SDK', report.sdk ?? 'unknown'),
    line('memory', memoryText(report)),
    ...report.imports.map(({ title, names }) => line('uses', `${title}: ${names.join(', ')}`)),
    line('is called', report.callbacks.join(', ') || 'by nothing'),
    line('exports too', report.otherExports.join(', ') || 'nothing'),
    line('sections', report.customSections.map(({ name, bytes }) => `${name} (${bytes} bytes)`).join(', ') || 'none'),
    line('in Envoy', report.faults.length === 0 ? 'loads' : 'is refused'),
    line('in Sluice', sluiceText(report)),
  ]
  return lines.join('\n')
}

function line(title: string, text: string): string {
  return `  ${title.padEnd(WIDTH)}${text}`
}

function memoryText({ memory }: ModuleReport): string {
  if (memory === null) return 'none'
  return `${memory.min} × 64 KiB, ${memory.max === null ? 'no maximum' : `at most ${memory.max}`}`
}

function sluiceText({ faults }: ModuleReport): string {
  return faults.length > 0 ? 'is refused' : 'loads'
}
