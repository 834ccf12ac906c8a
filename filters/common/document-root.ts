import { Action, Bytes, HttpContext } from "@sluice/sdk";
import { ConfiguredRoot } from "@sluice/sdk/config";
import { RemoteDocument } from "./remote-document";

/** Streams that are resumed in one callback: each may verify a signature, and a callback must not take long. */
const BATCH: i32 = 16;

/** The root context of a filter that needs remote documents. Its timer belongs to them. */
export abstract class DocumentRoot extends ConfiguredRoot {
  private readonly documents: RemoteDocument[] = [];
  /** Streams whose documents have been answered. */
  private readonly settled: u32[] = [];
  private periodMs: u32 = 0;

  /** This VM's fetch of a document has ended. */
  abstract onFetched(document: RemoteDocument, isGood: bool): void;

  /** Milliseconds to the next tick that the filter wants for something of its own; 0 = it does not. */
  protected ownTick(): u32 {
    return 0;
  }

  override onTick(): void {
    const now = this.nowNanos();
    for (let i = 0; i < this.documents.length; i++) this.documents[i].onTick(this, now);
    this.release();
    this.schedule();
  }

  /** Cares for a document; in `start`. VMs of the proxy share those of one kind and URI. */
  addDocument(document: RemoteDocument, kind: Bytes): void {
    document.open(this, kind);
    this.documents.push(document);
    this.schedule();
  }

  /** Lets streams that waited decide again. For documents. */
  settle(streams: u32[]): void {
    for (let i = 0; i < streams.length; i++) this.settled.push(streams[i]);
    this.release();
  }

  /** Lets a stream decide again on the next tick. For documents; true. */
  resumeSoon(stream: u32): bool {
    this.settled.push(stream);
    this.schedule();
    return true;
  }

  /** Sets the timer to what the documents need now. For documents. */
  schedule(): void {
    const period = this.settled.length > 0 ? 1 : this.nextTick();
    if (period == this.periodMs) return;
    this.periodMs = period;
    this.setTickPeriod(period);
  }

  private release(): void {
    const batch = this.settled.splice(0, BATCH);
    for (let i = 0; i < batch.length; i++) {
      const stream = this.withStream(batch[i]);
      if (stream !== null) (stream as DocumentStream).onDocumentSettled();
    }
  }

  /** Milliseconds to the next tick that a document wants; 0 = none does. */
  private nextTick(): u32 {
    const now = this.nowNanos();
    let next = this.ownTick();
    for (let i = 0; i < this.documents.length; i++) {
      const wait = this.documents[i].tickAfter(now);
      if (next == 0 || (wait > 0 && wait < next)) next = wait;
    }
    return next;
  }
}

/** A stream that waits for documents. */
export abstract class DocumentStream extends HttpContext {
  /** Whether the head waits for a document. */
  protected isWaiting: bool = false;

  /** A document that the stream waited for has been answered, well or not. */
  abstract onDocumentSettled(): void;

  /** Some hosts go on with the body while the head waits, and with the head when the body does not. */
  override onRequestBody(size: u32, endOfStream: bool): Action {
    return this.isWaiting ? Action.Pause : Action.Continue;
  }

  override onRequestTrailers(): Action {
    return this.isWaiting ? Action.Pause : Action.Continue;
  }
}
