/** `/certs`: the certificates of listeners and clusters (`envoy.admin.v3.Certificates`). */
import { jsonResponse, type AdminEndpoint } from './endpoint.ts'
import type { CertificateStatus } from './providers.ts'

const DAY_MILLIS = 86_400_000

export const CERTS_ENDPOINT: AdminEndpoint = {
  path: '/certs',
  isPost: false,
  help: 'print certs on machine',
  parameters: {},
  handle: async (_query, { certificates }) => {
    const now = Date.now()
    const groups = await certificates.statuses()
    return jsonResponse({
      certificates: groups.map(({ authorities, own }) => ({
        ca_cert: authorities.map((one) => certificateJson(one, now)),
        cert_chain: own.map((one) => certificateJson(one, now)),
      })),
    })
  },
}

function certificateJson({ path, certificate }: CertificateStatus, now: number): object {
  const { serial, dnsNames, uriNames, addresses, validFrom, validTo } = certificate
  return {
    path,
    serial_number: serial,
    subject_alt_names: [
      ...dnsNames.map((dns) => ({ dns })),
      ...uriNames.map((uri) => ({ uri })),
      ...addresses.map((ip_address) => ({ ip_address })),
    ],
    days_until_expiration: String(Math.max(0, Math.floor((validTo - now) / DAY_MILLIS))),
    valid_from: timeText(validFrom),
    expiration_time: timeText(validTo),
  }
}

/** Whole seconds, as proto-JSON writes them. */
function timeText(millis: number): string {
  return new Date(millis).toISOString().replace('.000Z', 'Z')
}
