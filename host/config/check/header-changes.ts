/** Rules of lists of headers to add and to remove. As in Envoy, pseudo-headers and host cannot be changed this way. */
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { HeaderValueOption } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { ConfigPath } from '../path.ts'

/** Adds what is wrong with the headers to add at `path`. */
export function judgeAdditions(options: readonly HeaderValueOption[], path: ConfigPath, faults: Fault[]): void {
  const names = options.map((option) => option.header?.key ?? '')
  judgeNames(names, path, ['header', 'key'], faults)
  for (const [index, { append, appendAction }] of options.entries()) {
    if (append === undefined || appendAction === AppendAction.APPEND_IF_EXISTS_OR_ADD) continue
    // Two ways to say what becomes of a header that is there already.
    const message = 'Both append and append_action'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, index], wanted: 'append_action alone' })
  }
}

/** Adds what is wrong with the names of headers to remove at `path`. */
export function judgeRemovals(names: readonly string[], path: ConfigPath, faults: Fault[]): void {
  judgeNames(names, path, [], faults)
}

/** Adds what is wrong with names of headers at `path`; each stands at `tail` in its place. */
export function judgeNames(names: readonly string[], path: ConfigPath, tail: ConfigPath, faults: Fault[]): void {
  for (const [index, name] of names.entries()) {
    if (!name.startsWith(':') && name.toLowerCase() !== 'host') continue
    const message = 'Headers that start with : and host may not be modified'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, index, ...tail], seen: show(name) })
  }
}
