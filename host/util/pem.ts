/** PEM in the form in which it fits into a header. */
export function urlEncodedPem(pem: string): string {
  return pem.replace(/[\n +/=]/g, encodeURIComponent)
}
