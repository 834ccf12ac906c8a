// A network filter that does what its configuration says, and logs at the end what it was told.
import {
  Action, Bytes, LogLevel, OwnedBytes, PeerType, RootContext, TcpContext, registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/connection";
export * from "@sluice/sdk/exports/downstream-data";
export * from "@sluice/sdk/exports/upstream-data";
export * from "@sluice/sdk/exports/log";
export * from "@sluice/sdk/exports/tick";

const TICK_MS: u32 = 50;

class TcpRoot extends RootContext {
  private what: OwnedBytes = OwnedBytes.absent();
  /** A connection that waits for the next tick. */
  waiting: u32 = 0;

  override onConfigure(configuration: Bytes): bool {
    this.what = configuration.toOwned();
    return true;
  }

  override createTcpContext(id: u32): TcpContext {
    return new Told(id, this);
  }

  does(what: Bytes): bool {
    return this.what.view.equals(what);
  }

  wait(id: u32): void {
    this.waiting = id;
    this.setTickPeriod(TICK_MS);
  }

  override onTick(): void {
    const connection = this.withConnection(this.waiting);
    this.setTickPeriod(0);
    if (connection === null) return;
    if (this.does(utf8("hold-and-change"))) connection.downstreamData.replaceAll(utf8("changed"));
    if (this.does(utf8("close-later"))) connection.closeConnection();
    else connection.continueDownstream();
  }
}

class Told extends TcpContext {
  private trace: string = "";
  private downs: u32 = 0;
  private ups: u32 = 0;

  constructor(id: u32, private readonly root: TcpRoot) {
    super(id);
  }

  override onNewConnection(): Action {
    this.note("conn");
    const root = this.root;
    if (root.does(utf8("trap-new"))) throw new Error("told to");
    if (root.does(utf8("refuse"))) this.closeConnection();
    if (root.does(utf8("close-later"))) root.wait(this.id);
    if (!root.does(utf8("hold-new"))) return Action.Continue;
    root.wait(this.id);
    return Action.Pause;
  }

  override onDownstreamData(size: u32, endOfStream: bool): Action {
    const data = this.downstreamData;
    this.note("down:" + data.read().toString() + (endOfStream ? ":end" : ""));
    const root = this.root;
    this.downs++;
    if (root.does(utf8("trap"))) throw new Error("told to");
    if (root.does(utf8("close")) && data.read().equals(utf8("bye"))) this.closeConnection();
    if (root.does(utf8("rewrite")) && size > 0) data.replacePrefix(1, utf8("J"));
    if (root.does(utf8("misuse"))) this.misuse();
    if (this.downs > 1) return Action.Continue;
    if (root.does(utf8("hold-and-change"))) root.wait(this.id);
    return root.does(utf8("hold")) || root.does(utf8("hold-and-change")) ? Action.Pause : Action.Continue;
  }

  override onUpstreamData(size: u32, endOfStream: bool): Action {
    const data = this.upstreamData;
    this.note("up:" + data.read().toString() + (endOfStream ? ":end" : ""));
    const root = this.root;
    if (root.does(utf8("rewrite")) && size > 0) {
      data.prepend(utf8("<"));
      data.append(utf8(">"));
    }
    if (root.does(utf8("lose"))) return Action.Pause;
    return root.does(utf8("hold-upstream")) && !this.ups++ ? Action.Pause : Action.Continue;
  }

  override onUpstreamClose(peer: PeerType): void {
    this.note("upstream-close:" + peer.toString());
  }

  override onDownstreamClose(peer: PeerType): void {
    this.note("close:" + peer.toString());
  }

  override onDone(): void {
    this.note("done");
  }

  override onLog(): void {
    this.note("log");
    if (!this.root.does(utf8("properties"))) return;
    this.note(this.getProperty(utf8("xds\0cluster_name")).toString());
    this.note(this.getPropertyI64(utf8("request\0size")).toString());
    this.note(this.getPropertyI64(utf8("response\0size")).toString());
    this.note(this.getProperty(utf8("request\0protocol")).isAbsent ? "no protocol" : "protocol");
  }

  override onDelete(): void {
    this.logText(LogLevel.Info, this.trace);
  }

  /** Everything that makes no sense for a connection. */
  private misuse(): void {
    this.note(this.continueDownstream() ? "continued" : "refused");
    this.note(this.closeConnection() ? "closed" : "refused");
    this.note(this.closeConnection() ? "closed" : "refused");
  }

  private note(text: string): void {
    this.trace += this.trace.length ? " " + text : text;
  }
}

registerRoot((id) => new TcpRoot(id));
