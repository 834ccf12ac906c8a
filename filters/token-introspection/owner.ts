import { Counter } from "@sluice/sdk";
import { RemoteDocument } from "../common/remote-document";
import { TokenOwner } from "../common/token/token-owner";

/** The plugin that asks about tokens. */
export abstract class IntrospectionOwner extends TokenOwner {
  succeeded!: Counter;
  failed!: Counter;
  cacheHit!: Counter;
  cacheMiss!: Counter;

  /** It has no documents. */
  override onFetched(document: RemoteDocument, isGood: bool): void {}
}
