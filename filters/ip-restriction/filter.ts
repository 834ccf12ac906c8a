import { Action, Bytes, BytesBuilder, Counter, Gauge, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentRoot, DocumentStream } from "../common/document-root";
import { IpAddress } from "../common/ip-address";
import { RemoteDocument } from "../common/remote-document";
import { stripHeader } from "../common/strip-header";
import { Config } from "./config";
import { AddressList, ListAction } from "./list";

/*
 * A request passes by its client's address: one that is denied never does, and where some are allowed no other does.
 * Lists are fetched when a request needs them; only for the first answer requests wait.
 */

/** One configured plugin. */
export class IpRestrictionRoot extends DocumentRoot {
  config: Config = new Config();
  allowed!: Counter;
  denied!: Counter;
  shadowDenied!: Counter;
  private fetchFailures!: Counter;
  private listAge!: Gauge;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("ip_restriction.allowed"));
    this.denied = this.defineCounter(utf8("ip_restriction.denied"));
    this.shadowDenied = this.defineCounter(utf8("ip_restriction.shadow_denied"));
    this.fetchFailures = this.defineCounter(utf8("ip_restriction.list_fetch_failed"));
    this.listAge = this.defineGauge(utf8("ip_restriction.list_age_seconds"));
    const lists = this.config.lists;
    for (let i = 0; i < lists.length; i++) this.addDocument(lists[i], utf8("ip list"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new IpRestriction(id, this);
  }

  override onFetched(list: RemoteDocument, isGood: bool): void {
    if (!isGood) this.fetchFailures.increment();
    const lists = this.config.lists;
    const now = this.nowNanos();
    let oldest: u64 = 0;
    for (let i = 0; i < lists.length; i++) oldest = max(oldest, lists[i].age(now));
    this.listAge.record(oldest);
  }
}

class IpRestriction extends DocumentStream {
  constructor(id: u32, private readonly root: IpRestrictionRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const root = this.root;
    const tags = root.config.tagHeader.view;
    if (!tags.isAbsent) stripHeader(this.requestHeaders, tags);
    if (!root.config.enforcement.drawEnabled()) return Action.Continue;
    return this.decideOrWait();
  }

  override onDocumentSettled(): void {
    if (this.decideOrWait() == Action.Continue) this.continueRequest();
  }

  /** Waits as long as a list has had no answer. */
  private decideOrWait(): Action {
    const lists = this.root.config.lists;
    if (lists.length == 0) return this.decide();
    const now = this.nowNanos();
    for (let i = 0; i < lists.length; i++) lists[i].refresh(this.root, now);
    this.isWaiting = this.isHeld(now);
    return this.isWaiting ? Action.Pause : this.decide();
  }

  private isHeld(now: u64): bool {
    const lists = this.root.config.lists;
    for (let i = 0; i < lists.length; i++) if (lists[i].holds(this.id, now)) return true;
    return false;
  }

  private decide(): Action {
    const address = this.root.config.clientIp.of(this);
    const refusal = address === null ? utf8("ip_restriction_unknown_address") : this.refusal(address);
    if (!refusal.isAbsent && this.isRefused(refusal)) return Action.Pause;
    if (refusal.isAbsent) this.root.allowed.increment();
    if (address !== null) this.tag(address);
    return Action.Continue;
  }

  /** Why an address may not pass; absent when it may. */
  private refusal(address: IpAddress): Bytes {
    const config = this.root.config;
    if (config.deny.has(address) || this.isListed(address, ListAction.Deny)) return utf8("ip_restriction_denied");
    if (!config.failOpen && this.lacks(ListAction.Deny)) return utf8("ip_restriction_list_unavailable");
    if (!config.isAllowing || config.allow.has(address) || this.isListed(address, ListAction.Allow)) return Bytes.absent;
    if (!this.lacks(ListAction.Allow)) return utf8("ip_restriction_not_allowed");
    return config.failOpen ? Bytes.absent : utf8("ip_restriction_list_unavailable");
  }

  private isListed(address: IpAddress, action: ListAction): bool {
    const lists = this.root.config.lists;
    for (let i = 0; i < lists.length; i++) if (lists[i].action == action && lists[i].has(address)) return true;
    return false;
  }

  /** Whether a list for this has had no good answer. */
  private lacks(action: ListAction): bool {
    const lists = this.root.config.lists;
    for (let i = 0; i < lists.length; i++) if (lists[i].action == action && !lists[i].isLoaded) return true;
    return false;
  }

  /** Refuses the request, unless that is left out. */
  private isRefused(details: Bytes): bool {
    const config = this.root.config;
    const isEnforced = config.enforcement.drawEnforced(this, utf8("ip_restriction.shadow_result"));
    if (isEnforced) this.root.denied.increment();
    else this.root.shadowDenied.increment();
    if (isEnforced) config.reply.send(this, details);
    return isEnforced;
  }

  /** Tells the upstream which lists have the address. */
  private tag(address: IpAddress): void {
    const config = this.root.config;
    if (config.tagHeader.view.isAbsent) return;
    const names = BytesBuilder.create();
    for (let i = 0; i < config.lists.length; i++) {
      const list: AddressList = config.lists[i];
      if (!list.has(address)) continue;
      if (names.length > 0) names.addByte(0x2c);
      names.add(list.name.view);
    }
    if (names.length > 0) this.requestHeaders.add(config.tagHeader.view, names.toBytes());
  }
}
