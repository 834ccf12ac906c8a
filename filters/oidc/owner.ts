import { DocumentRoot } from "../common/document-root";
import { RemoteDocument } from "../common/remote-document";
import { Statistics } from "./statistics";

/** The plugin whose requests wait for what providers say. */
export abstract class Owner extends DocumentRoot {
  statistics!: Statistics;

  override onFetched(document: RemoteDocument, isGood: bool): void {
    (isGood ? this.statistics.fetched : this.statistics.fetchFailed).increment();
  }
}
