/**
 * Several filters as one module: one entry into the VM per phase, one fetch of the headers for
 * the whole chain. Import it before the filters; each `index.ts` then registers with the bundle:
 *
 *     import { utf8 } from "@sluice/sdk";
 *     import { registerBundle } from "@sluice/sdk/bundle";
 *     export * from "./first/index";
 *     export * from "./second/index";
 *
 *     registerBundle([utf8("first"), utf8("second")]);
 *
 * docs/BUNDLES.md tells what stays as in a chain of modules.
 */

import { Bytes } from "../bytes/bytes";
import { compose } from "../context/composition";
import { BundleComposition } from "./bundle-composition";
import { nameFilters } from "./registration";

/** What makes `IS_BUNDLE` true for the whole program. */
// @ts-ignore: decorator
@global
const SLUICE_BUNDLE: bool = true;

compose(new BundleComposition());

/** Names the filters that have registered, in the order of their imports. The plugin's configuration uses the names. */
export function registerBundle(names: Bytes[]): void {
  nameFilters(names);
}
