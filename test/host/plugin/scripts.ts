/** What scripted guests do in several tests. */
import type { Guest, Script } from './scripted-engine.ts'

/** A script that notes every callback with its arguments and answers 0, or 1 where true is meant. */
export function noting(notes: string[], more: Script = {}): Script {
  const note = (name: string, result = 0): Script => ({
    [name]: (guest, ...args) => {
      notes.push(`${name.replace('proxy_on_', '')} ${args.join(' ')}`)
      return more[name]?.(guest, ...args) ?? result
    },
  })
  return {
    ...note('proxy_on_context_create'),
    ...note('proxy_on_vm_start', 1),
    ...note('proxy_on_configure', 1),
    ...note('proxy_on_request_headers'),
    ...note('proxy_on_request_body'),
    ...note('proxy_on_request_trailers'),
    ...note('proxy_on_response_headers'),
    ...note('proxy_on_response_body'),
    ...note('proxy_on_response_trailers'),
    ...note('proxy_on_log'),
    ...note('proxy_on_done'),
    ...note('proxy_on_delete'),
  }
}

/** Answers the stream; `headers`: where they lie in memory. */
export const reply = (guest: Guest, status: number, details = '', headers: [number, number] = [0, 0]): number =>
  guest.call('proxy_send_local_response', status, ...guest.put(details), ...guest.put('body'), ...headers, -1)
