import { Bytes, CalloutHandler, Context, HttpContext } from "@sluice/sdk";
import { ConfiguredRoot } from "@sluice/sdk/config";
import { HttpUri } from "./http-uri";

const SECOND: u64 = 1000000000;
/** Longest time to the next attempt after one that failed. */
const RETRY: u64 = 5 * SECOND;
const MAX_BYTES: i32 = 1 << 20;
/** Requests that wait for a first answer; further ones are judged without the document. */
const MAX_WAITING: i32 = 1024;
const OK: u32 = 200;

/** The root context of a filter that fetches documents. */
export abstract class DocumentRoot extends ConfiguredRoot {
  /** The fetch of a document has ended. */
  abstract onFetched(document: RemoteDocument, isGood: bool): void;
}

/** A stream that waits for documents. */
export abstract class DocumentStream extends HttpContext {
  /** A document that the stream waits for has its answer, good or not. */
  abstract onDocumentSettled(): void;
}

/**
 * Something that is fetched when a request finds it too old. What the last good answer said counts, until there is a better one. Until
 * the first answer, good or not, requests wait for it; later ones are judged by what there is.
 */
export abstract class RemoteDocument {
  protected uri: HttpUri = new HttpUri();
  /** How long a good answer counts before another one is asked for, in nanoseconds. */
  protected cacheDuration: u64 = 3600 * SECOND;
  private isFetching: bool = false;
  private goodAt: u64 = 0;
  private nextAt: u64 = 0;
  private waiting: u32[] = [];

  /** Takes over what an answer says. False when it says nothing of use: all stays as it was. */
  protected abstract take(body: Bytes): bool;

  /** Whether there was a good answer. */
  get isLoaded(): bool {
    return this.goodAt != 0;
  }

  /** Seconds since the last good answer; 0 before the first one. */
  age(now: u64): u64 {
    return this.isLoaded && now > this.goodAt ? (now - this.goodAt) / SECOND : 0;
  }

  /** Fetches it when it is due. */
  refresh(root: DocumentRoot): void {
    const now = root.nowNanos();
    if (this.isFetching || now < this.nextAt) return;
    this.isFetching = this.uri.fetch(root, new Answer(this));
    if (!this.isFetching) this.note(root, 0, Bytes.empty);
  }

  /** Whether a stream has to wait; it is told by `onDocumentSettled` then. */
  holds(stream: DocumentStream): bool {
    if (!this.isFetching || this.isLoaded || this.waiting.length >= MAX_WAITING) return false;
    this.waiting.push(stream.id);
    return true;
  }

  /** The fetch has ended; status 0 when there is no answer. */
  onAnswer(root: DocumentRoot, status: u32, body: Bytes): void {
    this.isFetching = false;
    this.note(root, status, body);
    const settled = this.waiting;
    this.waiting = [];
    for (let i = 0; i < settled.length; i++) {
      const stream = root.withStream(settled[i]);
      if (stream !== null) (stream as DocumentStream).onDocumentSettled();
    }
  }

  private note(root: DocumentRoot, status: u32, body: Bytes): void {
    const now = root.nowNanos();
    const isGood = status == OK && body.length <= MAX_BYTES && this.take(body);
    if (isGood) this.goodAt = now;
    this.nextAt = now + (isGood ? this.cacheDuration : min(this.cacheDuration, RETRY));
    root.onFetched(this, isGood);
  }
}

/** The two ways in which a fetch can end. */
class Answer extends CalloutHandler {
  constructor(private readonly document: RemoteDocument) {
    super();
  }

  onResponse(context: Context): void {
    this.document.onAnswer(context as DocumentRoot, context.calloutStatus, context.calloutBody.read());
  }

  onReset(context: Context): void {
    this.document.onAnswer(context as DocumentRoot, 0, Bytes.empty);
  }
}
