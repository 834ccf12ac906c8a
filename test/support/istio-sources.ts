/** The version of Istio whose files and programs are the reference. */
export const ISTIO = { module: 'istio.io/istio', version: 'v0.0.0-20260827124520-eed52ebb66ad' } as const
