import { Bytes, BytesBuilder, CalloutHandler, Context } from "@sluice/sdk";
import { toMillis } from "@sluice/sdk/config";
import { DocumentRoot } from "./document-root";
import { HttpUri } from "./http-uri";
import { SharedDocument } from "./shared-document";

const SECOND: u64 = 1000000000;
const HOUR: u64 = 3600 * SECOND;
const MAX_BYTES: u32 = 1 << 20;
/** Requests that wait for an answer; further ones are judged without it. */
const MAX_WAITING: i32 = 1024;
/** How often it is looked whether another VM has its answer. */
const POLL_MS: u32 = 20;
/** What a fetch may take beyond the limit of its call until another VM takes over. */
const LEASE_MARGIN: u64 = SECOND;
/** A document that is fetched ahead is so this long before it is too old. */
const AHEAD: u64 = 5 * SECOND;
const OK: u32 = 200;

/** Who fetches the document now. */
enum Flight {
  None,
  Own,
  /** Another VM of the proxy. */
  Other,
}

/**
 * Something that is fetched over a cluster and again when it is too old. What the last good answer said counts until there is a better
 * one. One VM of the proxy fetches it for all: they share its answer, and a fetch that failed, in the shared data.
 */
export abstract class RemoteDocument {
  protected uri: HttpUri = new HttpUri();
  /** How long a good answer counts before another one is asked for, in nanoseconds. */
  protected cacheDuration: u64 = HOUR;
  /** Time to the next attempt after one that failed. */
  protected retryAfter: u64 = 5 * SECOND;
  /** How long a good answer still counts beyond its time while there is no better one. */
  protected staleFor: u64 = u64.MAX_VALUE;
  /** Whether requests wait for a new answer to one that is too old, and not only for the first. */
  protected isAwaitedWhenOld: bool = false;
  /** Whether it is fetched before a request needs it. */
  protected isFetchedAhead: bool = false;
  private flight: Flight = Flight.None;
  private triedAt: u64 = 0;
  private goodAt: u64 = 0;
  private refetchedAt: u64 = 0;
  private waiting: u32[] = [];
  private shared!: SharedDocument;

  /** Takes over what an answer says. False when it says nothing of use: all stays as it was. */
  protected abstract take(body: Bytes): bool;

  /** Whether there was a good answer. */
  get isLoaded(): bool {
    return this.goodAt != 0;
  }

  /** Whether the last good answer is not too old. */
  isFresh(now: u64): bool {
    return this.isLoaded && this.ageNanos(now) < this.cacheDuration;
  }

  /** Whether the last good answer counts. */
  isUsable(now: u64): bool {
    if (!this.isLoaded) return false;
    const age = this.ageNanos(now);
    return age < this.cacheDuration || age - this.cacheDuration < this.staleFor;
  }

  /** Whether it can be used without waiting for another answer. */
  counts(now: u64): bool {
    return this.isUsable(now) && !this.isAwaited(now);
  }

  /** Seconds since the last good answer; 0 before the first one. */
  age(now: u64): u64 {
    return this.isLoaded ? this.ageNanos(now) / SECOND : 0;
  }

  /** Fetches it when it is due. */
  refresh(root: DocumentRoot, now: u64): void {
    if (this.flight != Flight.None || !this.isDue(now)) return;
    this.shared.read(root);
    this.adopt();
    if (this.isDue(now)) this.begin(root, now);
    root.schedule();
  }

  /** Whether a stream has to wait because there is no answer, or none that is new enough; it is told by `onDocumentSettled` then. */
  holds(stream: u32, now: u64): bool {
    return this.isAwaited(now) && this.park(stream);
  }

  /**
   * A stream misses something in the document: fetches it before it is due, at most once in `interval` nanoseconds. Whether the stream has
   * to wait; it is told by `onDocumentSettled` then.
   */
  refetch(root: DocumentRoot, stream: u32, now: u64, interval: u64): bool {
    if (this.flight == Flight.None && hasPassed(this.refetchedAt, interval, now)) {
      if (this.findsNewer(root)) return root.resumeSoon(stream);
      if (this.isLent(now) || hasPassed(this.refetchedAt, interval, now)) this.fetchEarly(root, now);
    }
    return this.park(stream);
  }

  /** Finds what VMs of the proxy share of it: those with one kind and one URI do. For its root. */
  open(root: DocumentRoot, kind: Bytes): void {
    this.shared = SharedDocument.open(root, BytesBuilder.create().add(kind).addByte(0x20).add(this.uri.place).toBytes());
  }

  /** For its root. */
  onTick(root: DocumentRoot, now: u64): void {
    if (this.flight == Flight.Other) this.look(root, now);
    else if (this.isFetchedAhead) this.refresh(root, now);
  }

  /** Milliseconds until it wants a tick; 0 = it does not. For its root. */
  tickAfter(now: u64): u32 {
    if (this.flight == Flight.Other) return POLL_MS;
    if (this.flight == Flight.Own || !this.isFetchedAhead) return 0;
    const due = this.dueAt;
    return due <= now ? 1 : <u32>min(<u64>i32.MAX_VALUE, toMillis(due - now));
  }

  /** This VM's fetch has an answer. */
  onAnswer(root: DocumentRoot, body: Bytes): void {
    this.finish(root, this.take(body), body);
  }

  /** This VM's fetch has no answer, or one that cannot be good. */
  onFailure(root: DocumentRoot): void {
    this.finish(root, false, Bytes.empty);
  }

  private finish(root: DocumentRoot, isGood: bool, body: Bytes): void {
    this.triedAt = root.nowNanos();
    if (isGood) this.goodAt = this.triedAt;
    this.publish(root, isGood, body);
    root.onFetched(this, isGood);
    this.settle(root);
  }

  /** Where the last attempt has failed, what still counts does without waiting for the next one. */
  private isAwaited(now: u64): bool {
    if (!this.isLoaded) return true;
    if (!this.isAwaitedWhenOld || this.isFresh(now)) return false;
    return this.triedAt == this.goodAt || !this.isUsable(now);
  }

  private park(stream: u32): bool {
    if (this.flight == Flight.None || this.waiting.length >= MAX_WAITING) return false;
    this.waiting.push(stream);
    return true;
  }

  /** Whether another VM has fetched it meanwhile. */
  private findsNewer(root: DocumentRoot): bool {
    const before = this.goodAt;
    this.shared.read(root);
    this.adopt();
    return this.goodAt != before;
  }

  private fetchEarly(root: DocumentRoot, now: u64): void {
    this.refetchedAt = now;
    this.begin(root, now);
    root.schedule();
  }

  private begin(root: DocumentRoot, now: u64): void {
    const shared = this.shared;
    if (!this.isLent(now)) {
      shared.leaseUntil = now + this.lease;
      shared.refetchedAt = this.refetchedAt;
      if (shared.writeUnchanged(root)) return this.fetch(root);
    }
    this.flight = Flight.Other;
  }

  private fetch(root: DocumentRoot): void {
    this.flight = Flight.Own;
    if (!this.uri.fetch(root, new Answer(this))) this.onFailure(root);
  }

  /** Sees whether the VM that fetches has its answer; takes its place when it had its time. */
  private look(root: DocumentRoot, now: u64): void {
    this.shared.read(root);
    this.adopt();
    if (this.shared.leaseUntil == 0) return this.settle(root);
    this.flight = Flight.None;
    this.begin(root, now);
  }

  private settle(root: DocumentRoot): void {
    const settled = this.waiting;
    this.waiting = [];
    this.flight = Flight.None;
    root.settle(settled);
    root.schedule();
  }

  /** Takes over what the VMs of the proxy share. */
  private adopt(): void {
    const shared = this.shared;
    if (shared.goodAt != this.goodAt && shared.goodAt != 0 && this.take(shared.body)) this.goodAt = shared.goodAt;
    this.triedAt = shared.triedAt;
    this.refetchedAt = shared.refetchedAt;
  }

  /** Tells the other VMs how this one's fetch has ended; after a bad one the document that they know stays. */
  private publish(root: DocumentRoot, isGood: bool, body: Bytes): void {
    const shared = this.shared;
    shared.read(root);
    shared.leaseUntil = 0;
    shared.triedAt = this.triedAt;
    if (isGood) {
      shared.goodAt = this.goodAt;
      shared.body = body;
    }
    shared.write(root);
  }

  /** Whether another VM fetches, as was read last. */
  private isLent(now: u64): bool {
    const end = this.shared.leaseUntil;
    return end > now && end - now <= this.lease;
  }

  private get lease(): u64 {
    return this.uri.timeoutNanos + LEASE_MARGIN;
  }

  /** A wall clock that was set back must not keep it from being fetched. */
  private isDue(now: u64): bool {
    return now >= this.dueAt || now < this.triedAt;
  }

  private get dueAt(): u64 {
    const retryAt = this.triedAt != this.goodAt ? this.triedAt + this.retryAfter : 0;
    if (!this.isLoaded) return retryAt;
    const ahead = this.isFetchedAhead ? min(AHEAD, this.cacheDuration / 2) : 0;
    return max(retryAt, this.goodAt + this.cacheDuration - ahead);
  }

  private ageNanos(now: u64): u64 {
    return now > this.goodAt ? now - this.goodAt : 0;
  }
}

function hasPassed(since: u64, interval: u64, now: u64): bool {
  return since == 0 || now < since || now - since >= interval;
}

/** The two ways in which a fetch can end. */
class Answer extends CalloutHandler {
  constructor(private readonly document: RemoteDocument) {
    super();
  }

  onResponse(context: Context): void {
    const root = context as DocumentRoot;
    const body = context.calloutBody;
    if (context.calloutStatus == OK && body.size <= MAX_BYTES) this.document.onAnswer(root, body.read());
    else this.document.onFailure(root);
  }

  onReset(context: Context): void {
    this.document.onFailure(context as DocumentRoot);
  }
}
