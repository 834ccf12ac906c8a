/**
 * `sluice run`: serves, or judges, a configuration (`-c`; flags are Envoy's where they mean the same), else sends one request
 * through a filter.
 */
import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import { SluiceError } from '../errors.ts'
import { createHost, validateConfig, type ConfigText } from '../index.ts'
import { LOG_LEVELS, type LogLevel } from '../util/logger.ts'
import { ENGINE_NAMES, type EngineName } from '../vm/engines.ts'
import type { AddCommand } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { readTextFile } from './filter-files.ts'
import type { CommandOutput } from './output.ts'
import { accessOf, addRegistryOptions, type RegistryFlags } from './registry-options.ts'
import type { ConfigSource } from './reloads.ts'
import { serve } from './serve.ts'
import { addTrialFlags, type TrialFlags } from './trial-flags.ts'
import { tryFilter } from './try-filter.ts'

/** The options after their texts were read. */
export interface RunOptions extends RegistryFlags {
  readonly configPath?: string
  readonly configYaml?: string
  readonly mode: 'serve' | 'validate'
  readonly engine?: EngineName
  readonly logLevel: LogLevel
  readonly componentLogLevel: Readonly<Record<string, LogLevel>>
  readonly concurrency: number
  readonly drainTimeS: number
  readonly restartEpoch: number
  readonly fileFlushIntervalMsec: number
}

export const addRunCommand: AddCommand = (program, cli) => {
  const command = program
    .command('run')
    .description('send one request through a filter and show what it changes, or serve an Envoy v3 bootstrap configuration (-c)')
    .argument(
      '[module]',
      'module to send the request through (default: that of the project here, compiled if a source has changed)',
    )
    .option('-c, --config-path <file>', 'configuration file, YAML or JSON')
    .option('--config-yaml <text>', 'configuration text, merged over the file')
    .addOption(
      new Option('--mode <mode>', 'serve, or only validate the configuration').choices(['serve', 'validate']).default('serve'),
    )
    .addOption(new Option('--engine <name>', 'engine of all plugins, whatever they name').choices(ENGINE_NAMES))
    .addOption(new Option('-l, --log-level <level>', 'log level of all components').choices(LOG_LEVELS).default('info'))
    .option('--component-log-level <list>', 'levels of single components: wasm:debug,http:trace', toLevels, {})
    .addOption(
      new Option('--concurrency <count>', 'worker threads')
        .argParser(toCount('--concurrency', 1))
        .default(availableParallelism(), 'as many as the machine runs at once'),
    )
    .option('--drain-time-s <seconds>', 'longest time that a drain may take', toCount('--drain-time-s', 0), 600)
    .option(
      '--restart-epoch <number>',
      'hot restart: above 0, takes over from the process with the same admin address, which then drains and ends',
      toCount('--restart-epoch', 0),
      0,
    )
    .option(
      '--file-flush-interval-msec <millis>',
      'time until access logs are written out',
      toCount('--file-flush-interval-msec', 1),
      10_000,
    )

  addRegistryOptions(command)
  addTrialFlags(command).action(async (module: string | undefined, options: RunOptions & TrialFlags) => {
    if (options.configPath === undefined && options.configYaml === undefined) return tryFilter(module, options, cli.output)
    cli.exit(await run(options, cli.output))
  })
}

async function run(options: RunOptions & TrialFlags, output: CommandOutput): Promise<number> {
  const config = readTexts(options)
  const { engine = null } = options
  const registries = accessOf(options)
  if (options.mode === 'validate') {
    await validateConfig({ config, engine, registries })
    const configuration = options.configPath ?? '--config-yaml'
    output.result({ configuration, isValid: true }, `configuration '${configuration}' OK`)
    return EXIT.ok
  }
  const {
    logLevel,
    componentLogLevel: componentLogLevels,
    concurrency,
    fileFlushIntervalMsec: fileFlushInterval,
    restartEpoch,
  } = options
  return serve(
    createHost({ config, engine, registries, logLevel, componentLogLevels, concurrency, fileFlushInterval, restartEpoch }),
    { source: sourceOf(options), isWatching: options.watch, drainSeconds: options.drainTimeS },
    output,
  )
}

function sourceOf(options: RunOptions): ConfigSource {
  return { read: () => readTexts(options), files: options.configPath === undefined ? [] : [options.configPath] }
}

function readTexts({ configPath, configYaml }: RunOptions): ConfigText[] {
  const texts: ConfigText[] = []
  if (configPath !== undefined) texts.push({ name: configPath, text: readTextFile(configPath) })
  if (configYaml !== undefined) texts.push({ name: '--config-yaml', text: configYaml })
  return texts
}

function toCount(flag: string, least: number): (text: string) => number {
  return (text) => {
    const count = Number(text)
    if (/^[0-9]{1,6}$/.test(text) && count >= least) return count
    throw new SluiceError('SLUICE_CLI_USAGE', `Bad value of ${flag}`, { seen: text, wanted: `a whole number from ${least}` })
  }
}

function toLevels(text: string): Record<string, LogLevel> {
  const levels: Record<string, LogLevel> = {}
  for (const item of text.split(',')) {
    const [component = '', level = ''] = item.split(':')
    if (!isLevel(level)) throw badLevel(item)
    levels[component] = level
  }
  return levels
}

function isLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text)
}

function badLevel(seen: string): SluiceError {
  const wanted = `component:level with one of ${LOG_LEVELS.join(', ')}`
  return new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --component-log-level', { seen, wanted })
}
