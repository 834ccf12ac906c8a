import type { DataSource } from '../gen/envoy/config/core/v3/base_pb.ts'

/** As Envoy names it in messages and in `/certs`. */
export function sourceName(source: DataSource | undefined): string {
  return source?.specifier.case === 'filename' ? source.specifier.value : '<inline>'
}
