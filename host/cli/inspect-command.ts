/** `sluice inspect`: what a module or an image is, what it needs, and whether hosts will take it. */
import { existsSync } from 'node:fs'
import { SluiceErrors } from '../errors.ts'
import { isFolderName } from '../oci/image/image-name.ts'
import { inspectImage } from '../oci/image/inspect-image.ts'
import { inspectModule, type ModuleReport } from '../plugin/inspect-module.ts'
import { readOr } from '../util/attempt.ts'
import { V8Engine } from '../vm/v8.ts'
import type { AddCommand } from './commands.ts'
import { imageText } from './image-text.ts'
import { IMAGE_ARGUMENT, withImage } from './open-image.ts'
import type { CommandOutput } from './output.ts'
import { addRegistryOptions, type RegistryFlags } from './registry-options.ts'

const WIDTH = 12

export const addInspectCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('inspect')
    .description('describe a Proxy-Wasm module, or an image of one; fails for what Envoy refuses')
    .argument('<what>', `a module, .wasm; or ${IMAGE_ARGUMENT}`)
  addRegistryOptions(command).action(async (what: string, flags: RegistryFlags) => {
    if (isFile(what)) inspectFile(what, output)
    else await inspectNamedImage(what, flags, output)
  })
}

/** What is not there is meant as a module when it is called so. */
function isFile(what: string): boolean {
  return !isFolderName(what) && (existsSync(what) || what.endsWith('.wasm'))
}

/** Throws the reasons for which the module is refused, when the report is out. */
function inspectFile(file: string, output: CommandOutput): void {
  const module = readOr('SLUICE_WASM_LOAD', 'Cannot read the module', file)
  const report = inspectModule(new V8Engine(), module, file)
  output.result(report, toText(file, report))
  if (report.faults.length > 0) throw new SluiceErrors(report.faults)
}

/** The same for the module in it, after what the image is. */
async function inspectNamedImage(name: string, flags: RegistryFlags, output: CommandOutput): Promise<void> {
  const { report, module } = await withImage(name, flags, ({ store, key }) => inspectImage(store, key, name))
  const moduleReport = inspectModule(new V8Engine(), module, name)
  const texts = [imageText(name, report), toText('plugin.wasm', moduleReport)]
  output.result({ ...report, module: moduleReport }, texts.join('\n'))
  if (moduleReport.faults.length > 0) throw new SluiceErrors(moduleReport.faults)
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
