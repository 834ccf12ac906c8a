/** Texts of tables as bytes. */
import type { Text } from './table.ts'

/** The bytes of a text as a byte string: characters above U+00FF as UTF-8. */
export function textBytes(text: Text): string {
  if (typeof text !== 'string') return textBytes(text.repeat).repeat(text.times)
  // oxlint-disable-next-line no-control-regex
  return /^[\x00-\xff]*$/.test(text) ? text : Buffer.from(text, 'utf8').latin1Slice()
}

/**
 * Fills the placeholders of a text: `${listener}` and `${cluster.<name>}` become `ip:port`; others stay as they are.
 */
export function fillPlaceholders(text: string, listener: string, clusters: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(listener|cluster\.([\w-]+))\}/g, (all, key: string, cluster: string | undefined) =>
    key === 'listener' ? listener : (clusters.get(cluster!) ?? all),
  )
}
