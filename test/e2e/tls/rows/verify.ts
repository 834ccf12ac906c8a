/** Client certificates, and what upstreams are told of them. */
import type { TlsRow } from '../row.ts'

const GIVEN = 'x-forwarded-client-cert: By=x;Hash=y\r\n'

const XFCC: readonly TlsRow[] = ['sanitize', 'forward', 'append', 'set', 'always'].flatMap((mode) => [
  { id: `xfcc/${mode}`, listener: `xfcc_${mode}`, tls: { as: 'client' }, fields: GIVEN, expect: '200' },
  { id: `xfcc/${mode}-nothing-given`, listener: `xfcc_${mode}`, tls: { as: 'client' }, expect: '200' },
  { id: `xfcc/${mode}-no-names`, listener: `xfcc_${mode}`, tls: { as: 'plain' }, fields: GIVEN, expect: '200' },
  { id: `xfcc/${mode}-no-certificate`, listener: `xfcc_${mode}`, tls: {}, fields: GIVEN, expect: '200' },
])

const CLIENTS: readonly (readonly [id: string, listener: string, tls: TlsRow['tls'], taken: string])[] = [
  ['trusted', 'optional', { as: 'client' }, 'by-shown by-valid by-both by-nothing'],
  ['none', 'optional', {}, 'by-hidden by-invalid by-nothing'],
  ['untrusted', 'untrusted', { as: 'foreign' }, 'by-shown by-invalid by-shown-only by-nothing'],
  ['resumed', 'optional', { as: 'client', resumes: true }, 'by-shown by-valid by-both by-nothing'],
]
const PATHS = ['by-shown', 'by-hidden', 'by-valid', 'by-invalid', 'by-both', 'by-shown-only', 'by-nothing']

/** Routes that ask for a certificate. */
const ROUTES: readonly TlsRow[] = CLIENTS.flatMap(([id, listener, tls, taken]) =>
  PATHS.map((path) => ({
    id: `route/${id}-${path}`,
    listener,
    tls,
    path: `/${path}`,
    expect: taken.split(' ').includes(path) ? '201' : '200',
  })),
)

export const VERIFY_ROWS: readonly TlsRow[] = [
  ...ROUTES,
  { id: 'verify/required', listener: 'required', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/required-1.2', listener: 'required', tls: { as: 'client', maxVersion: 'TLSv1.2' }, expect: '200' },
  { id: 'verify/required-none', listener: 'required', tls: {}, expect: 'alert 116' },
  { id: 'verify/required-none-1.2', listener: 'required', tls: { maxVersion: 'TLSv1.2' }, expect: 'alert 40' },
  { id: 'secret/certificate', listener: 'secret', tls: {}, expect: '200' },
  { id: 'secret/trusted', listener: 'secret_ca', tls: { as: 'client' }, expect: '200' },
  { id: 'secret/foreign', listener: 'secret_ca', tls: { as: 'foreign' }, expect: 'closed' },
  { id: 'secret/combined-san', listener: 'secret_san', tls: { as: 'client' }, expect: '200' },
  { id: 'secret/combined-san-none', listener: 'secret_san_none', tls: { as: 'client' }, expect: 'closed' },
  { id: 'secret/combined-default', listener: 'secret_nothing', tls: { as: 'client' }, expect: '200' },
  { id: 'secret/combined-secret-first', listener: 'secret_over', tls: { as: 'foreign' }, expect: '200' },
  { id: 'secret/combined-secret-only', listener: 'secret_over', tls: { as: 'client' }, expect: 'closed' },
  { id: 'verify/expired', listener: 'required', tls: { as: 'expired' }, expect: 'closed' },
  { id: 'verify/foreign', listener: 'required', tls: { as: 'foreign' }, expect: 'closed' },
  { id: 'verify/foreign-1.2', listener: 'required', tls: { as: 'foreign', maxVersion: 'TLSv1.2' }, expect: 'closed' },
  { id: 'verify/optional', listener: 'optional', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/optional-none', listener: 'optional', tls: {}, expect: '200' },
  { id: 'verify/optional-foreign', listener: 'optional', tls: { as: 'foreign' }, expect: 'closed' },
  { id: 'verify/required-without-authority', listener: 'unverified', tls: { as: 'foreign' }, expect: '200' },
  { id: 'verify/required-without-authority-none', listener: 'unverified', tls: {}, expect: 'alert 116' },
  { id: 'verify/not-revoked', listener: 'revoking', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/revoked', listener: 'revoking', tls: { as: 'revoked' }, expect: 'closed' },
  { id: 'verify/untrusted', listener: 'untrusted', tls: { as: 'foreign' }, expect: '200' },
  { id: 'verify/untrusted-none', listener: 'untrusted', tls: {}, expect: 'alert 116' },
  { id: 'verify/uri', listener: 'san_uri', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/uri-missing', listener: 'san_uri', tls: { as: 'plain' }, expect: 'closed' },
  { id: 'verify/dns', listener: 'san_dns', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/email', listener: 'san_email', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/ip', listener: 'san_ip', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/no-name-fits', listener: 'san_none', tls: { as: 'client' }, expect: 'closed' },
  { id: 'verify/hash', listener: 'hash', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/other-hash', listener: 'hash', tls: { as: 'plain' }, expect: 'closed' },
  { id: 'verify/key-hash', listener: 'key_hash', tls: { as: 'client' }, expect: '200' },
  { id: 'verify/other-key-hash', listener: 'key_hash', tls: { as: 'plain' }, expect: 'closed' },
  { id: 'verify/hash-alone', listener: 'hash_alone', tls: { as: 'plain' }, expect: '200' },
  { id: 'verify/resumed', listener: 'required', tls: { as: 'client', resumes: true }, expect: '200' },
  { id: 'verify/resumed-1.2', listener: 'required', tls: { as: 'client', maxVersion: 'TLSv1.2', resumes: true }, expect: '200' },
  { id: 'verify/foreign-resumed', listener: 'required', tls: { as: 'foreign', resumes: true }, expect: 'closed' },
  {
    id: 'verify/foreign-resumed-1.2',
    listener: 'required',
    tls: { as: 'foreign', maxVersion: 'TLSv1.2', resumes: true },
    expect: 'closed',
  },
  { id: 'verify/optional-resumed', listener: 'optional', tls: { as: 'client', resumes: true }, expect: '200' },
  ...XFCC,
  { id: 'xfcc/in-clear', listener: 'xfcc_plain', tls: null, fields: GIVEN, expect: '200' },
]
