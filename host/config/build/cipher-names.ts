/** The names in an entry of `cipher_suites`. OpenSSL knows no groups of equal rank, `[a|b]`: their members follow each other. */
export function cipherNames(suite: string): string[] {
  return suite.replace(/^\[|\]$/g, '').split('|')
}
