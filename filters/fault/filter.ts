import { Action, Counter, Gauge, HttpContext, Random, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot, toMillis } from "@sluice/sdk/config";
import { Config, Rule } from "./config";
import { DelayQueue } from "./delay-queue";

/*
 * The first matching rule decides; delay and abort are drawn independently. A delayed request is
 * paused and resumed, or aborted, by the root's tick, whose period is the time to the next deadline.
 */

/** One configured plugin. */
export class FaultRoot extends ConfiguredRoot {
  config: Config = new Config();
  random: Random = new Random(0);
  delaysInjected!: Counter;
  abortsInjected!: Counter;
  overflow!: Counter;
  private activeFaults!: Gauge;
  private active: u32 = 0;
  private readonly delayed: DelayQueue = new DelayQueue();

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.random = Random.seeded();
    this.delaysInjected = this.defineCounter(utf8("fault.delays_injected"));
    this.abortsInjected = this.defineCounter(utf8("fault.aborts_injected"));
    this.overflow = this.defineCounter(utf8("fault.faults_overflow"));
    this.activeFaults = this.defineGauge(utf8("fault.active_faults"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new Fault(id, this);
  }

  override onTick(): void {
    const now = this.nowNanos();
    while (this.delayed.length > 0 && this.delayed.firstDeadline <= now) {
      const id = this.delayed.firstStream;
      this.delayed.pop();
      const stream = this.withStream(id);
      if (stream !== null) (stream as Fault).onDelayEnd();
    }
    this.schedule(now);
  }

  /** Takes a place among the active faults; false when all are taken. */
  begin(): bool {
    if (this.active >= this.config.maxActiveFaults) return false;
    this.active++;
    this.activeFaults.add(1);
    return true;
  }

  /** Gives the place back. */
  end(): void {
    this.active--;
    this.activeFaults.add(-1);
  }

  delay(id: u32, nanos: u64): void {
    const now = this.nowNanos();
    this.delayed.push(id, now + nanos);
    this.schedule(now);
  }

  /** The stream ended before its deadline. */
  forget(id: u32): void {
    this.delayed.remove(id);
    this.schedule(this.nowNanos());
  }

  private schedule(now: u64): void {
    if (this.delayed.length == 0) return this.setTickPeriod(0);
    const deadline = this.delayed.firstDeadline;
    this.setTickPeriod(deadline <= now ? 1 : <u32>max(<u64>1, toMillis(deadline - now)));
  }
}

class Fault extends HttpContext {
  private rule: Rule | null = null;
  private isActive: bool = false;
  private isDelayed: bool = false;
  private willAbort: bool = false;

  constructor(id: u32, private readonly root: FaultRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const rule = this.root.config.ruleFor(this);
    if (rule === null) return Action.Continue;
    this.rule = rule;
    const delays = rule.delay > 0 && rule.delayShare.includes(this.root.random.u32());
    const aborts = this.drawAbort(rule);
    if (!delays && !aborts) return Action.Continue;
    if (!this.begin()) return Action.Continue;
    if (delays) return this.startDelay(rule);
    this.abort(rule);
    return Action.Pause;
  }

  /** The root's tick has reached this stream's deadline. */
  onDelayEnd(): void {
    this.isDelayed = false;
    const rule = this.rule!;
    if (this.willAbort) this.abort(rule);
    else {
      this.finish();
      this.continueRequest();
    }
  }

  /** The client may have left during the delay. */
  override onDone(): void {
    if (this.isDelayed) this.root.forget(this.id);
    this.isDelayed = false;
    this.finish();
  }

  private drawAbort(rule: Rule): bool {
    this.willAbort = rule.abortStatus != 0 && rule.abortShare.includes(this.root.random.u32());
    return this.willAbort;
  }

  private begin(): bool {
    this.isActive = this.root.begin();
    if (!this.isActive) this.root.overflow.increment();
    return this.isActive;
  }

  private finish(): void {
    if (this.isActive) this.root.end();
    this.isActive = false;
  }

  private startDelay(rule: Rule): Action {
    this.isDelayed = true;
    this.root.delaysInjected.increment();
    this.root.delay(this.id, rule.delay);
    return Action.Pause;
  }

  private abort(rule: Rule): void {
    this.root.abortsInjected.increment();
    this.finish();
    this.sendLocalResponse(
      rule.abortStatus, utf8("fault_filter_abort"), rule.abortBody.view, null, rule.abortGrpcStatus,
    );
  }
}
