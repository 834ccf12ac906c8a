// A document of words. A request passes when the document has the word in `x-word`; for one that it has not, it is fetched again.
// The word `trap` ends the VM.
// Configuration: `{"uri": {…}, "cache": "10s", "retry": "1s", "stale": "5s", "again": "30s", "waits": true, "ahead": true}`.

import { Action, Bytes, Counter, HttpContext, RootContext, registerRoot, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentRoot, DocumentStream } from "../../../filters/common/document-root";
import { HttpUri } from "../../../filters/common/http-uri";
import { RemoteDocument } from "../../../filters/common/remote-document";

export * from "@sluice/sdk/exports/callouts";
export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/tick";

/** Reading it is a trap. */
const NO_ACTIONS: Action[] = [];

/** Words in brackets. */
class Words extends RemoteDocument {
  again: u64 = 0;
  private words: string = "";

  readConfig(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("uri"))) this.uri = HttpUri.read(reader);
      else if (reader.at(utf8("cache"))) this.cacheDuration = reader.readDurationNanos();
      else if (reader.at(utf8("retry"))) this.retryAfter = reader.readDurationNanos();
      else if (reader.at(utf8("stale"))) this.staleFor = reader.readDurationNanos();
      else if (reader.at(utf8("again"))) this.again = reader.readDurationNanos();
      else if (reader.at(utf8("waits"))) this.isAwaitedWhenOld = reader.readBool();
      else if (reader.at(utf8("ahead"))) this.isFetchedAhead = reader.readBool();
      else reader.unknownField();
    }
  }

  has(word: Bytes): bool {
    return this.words.includes("[" + word.toString() + "]");
  }

  protected override take(body: Bytes): bool {
    if (body[0] != 0x5b) return false;
    this.words = body.toString();
    return true;
  }
}

class WordsRoot extends DocumentRoot {
  readonly words: Words = new Words();
  private good!: Counter;
  private failed!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.words.readConfig(reader);
  }

  protected override start(): void {
    this.good = this.defineCounter(utf8("good"));
    this.failed = this.defineCounter(utf8("failed"));
    this.addDocument(this.words, utf8("words"));
  }

  override onFetched(document: RemoteDocument, isGood: bool): void {
    (isGood ? this.good : this.failed).increment();
  }

  override createHttpContext(id: u32): HttpContext {
    return new WordsStream(id, this);
  }
}

class WordsStream extends DocumentStream {
  constructor(id: u32, private readonly root: WordsRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const isTrap = this.requestHeaders.get(utf8("x-word")).equals(utf8("trap"));
    return isTrap ? NO_ACTIONS[0] : this.decide();
  }

  override onDocumentSettled(): void {
    if (this.decide() == Action.Continue) this.continueRequest();
  }

  private decide(): Action {
    const words = this.root.words;
    const now = this.nowNanos();
    words.refresh(this.root, now);
    if (words.holds(this.id, now)) return Action.Pause;
    if (!words.isUsable(now)) return this.refuse(503);
    const word = this.requestHeaders.get(utf8("x-word"));
    if (words.has(word)) return Action.Continue;
    return words.refetch(this.root, this.id, now, words.again) ? Action.Pause : this.refuse(403);
  }

  private refuse(status: u32): Action {
    this.sendLocalResponse(status);
    return Action.Pause;
  }
}

registerRoot((id: u32): RootContext => new WordsRoot(id));
