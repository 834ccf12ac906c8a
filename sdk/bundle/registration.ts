import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { RootFactory } from "../context/registry";

/** A filter that a bundle offers. */
// @ts-ignore: decorator
@final
export class OfferedFilter {
  name: OwnedBytes = OwnedBytes.absent();

  constructor(readonly factory: RootFactory) {}
}

const offered: OfferedFilter[] = [];

/** Takes the root of the filter whose `index.ts` runs. */
export function offerFilter(factory: RootFactory): void {
  offered.push(new OfferedFilter(factory));
}

/** Gives the filters their names, in the order in which they came. */
export function nameFilters(names: Bytes[]): void {
  if (names.length != offered.length) throw new Error("a bundle needs one name for each filter");
  for (let i = 0; i < names.length; i++) offered[i].name = names[i].toOwned();
}

/** The filter of a name, or null. */
export function findFilter(name: Bytes): OfferedFilter | null {
  for (let i = 0; i < offered.length; i++) if (offered[i].name.view.equals(name)) return offered[i];
  return null;
}

/** All filters. */
export function offeredFilters(): OfferedFilter[] {
  return offered;
}
