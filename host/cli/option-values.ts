/** What texts of options mean. Each reader throws SLUICE_CLI_USAGE with the value seen and what is wanted. */
import { Option } from 'commander'
import { SluiceError } from '../errors.ts'
import type { EnvVariable, TargetRef } from '../manifest/deployment.ts'

/** Reads one value of an option that may be repeated. */
export function repeated<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)]
}

export function toNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^-?\d{1,10}$/.test(text) && value >= least && value <= most) return value
    throw badValue(flag, text, `a whole number from ${least} to ${most}`)
  }
}

export function toLabel(text: string): readonly [string, string] {
  const match = /^([^=]+)=([^=]*)$/.exec(text)
  if (match === null) throw badValue('--selector', text, 'label=value')
  return [match[1]!, match[2]!]
}

export function toTarget(text: string): TargetRef {
  const match = /^([a-zA-Z]+)\/([^/]+)$/.exec(text)
  if (match === null) throw badValue('--target', text, 'kind/name, such as gateway/public')
  return { kind: match[1]!.toLowerCase(), name: match[2]! }
}

export function toEnv(text: string): EnvVariable {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(text)
  if (match === null) throw badValue('--env', text, 'NAME or NAME=value')
  return { name: match[1]!, value: match[2] ?? null }
}

/** `host:port`, also `[::1]:port`; the text is kept. */
export function toAddress(flag: string): (text: string) => string {
  return (text) => {
    const match = /^(?:\[[0-9a-fA-F:]+\]|[^:/\s]+):(\d{1,5})$/.exec(text)
    if (match !== null && Number(match[1]) <= 65_535) return text
    throw badValue(flag, text, 'host:port')
  }
}

/** `--source-date-epoch`, seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH). */
export function sourceDateOption(): Option {
  const flag = '--source-date-epoch'
  return new Option(`${flag} <seconds>`, 'time that the image bears; none unless given')
    .env('SOURCE_DATE_EPOCH')
    .argParser((text) => {
      if (/^\d{1,11}$/.test(text)) return new Date(Number(text) * 1000)
      throw badValue(flag, text, 'seconds since 1970')
    })
}

export function badValue(flag: string, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_CLI_USAGE', `Bad value of ${flag}`, { seen, wanted })
}
