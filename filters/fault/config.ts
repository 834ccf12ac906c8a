import { GrpcStatus, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Percentage } from "../common/percentage";
import { RequestGround } from "../common/request-ground";
import { RequestMatcher } from "../common/request-matcher";

/** Longest delay a rule may ask for, nanoseconds. */
const MAX_DELAY: u64 = 3600 * 1000000000;

/** What happens to the requests that match. */
export class Rule {
  readonly match: RequestMatcher;
  /** Nanoseconds; 0 = no delay. */
  delay: u64 = 0;
  delayShare: Percentage = Percentage.all();
  /** 0 = no abort. */
  abortStatus: u32 = 0;
  abortGrpcStatus: GrpcStatus = GrpcStatus.None;
  abortShare: Percentage = Percentage.all();
  abortBody: OwnedBytes = utf8("fault filter abort").toOwned();

  constructor(ground: RequestGround) {
    this.match = new RequestMatcher(ground);
  }

  static read(reader: ConfigReader, ground: RequestGround): Rule {
    const rule = new Rule(ground);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("delay"))) rule.readDelay(reader);
      else if (reader.at(utf8("abort"))) rule.readAbort(reader);
      else reader.unknownField();
    }
    if (rule.delay == 0 && rule.abortStatus == 0) reader.missing(utf8("delay or abort"));
    return rule;
  }

  private readDelay(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("fixed_delay"))) this.readFixedDelay(reader);
      else if (reader.at(utf8("percentage"))) this.delayShare = Percentage.read(reader);
      else reader.unknownField();
    }
    if (this.delay == 0) reader.missing(utf8("fixed_delay"));
  }

  private readFixedDelay(reader: ConfigReader): void {
    this.delay = reader.readDurationNanos();
    if (this.delay > MAX_DELAY) reader.invalid(utf8("at most 3600s"));
  }

  private readAbort(reader: ConfigReader): void {
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("percentage"))) this.abortShare = Percentage.read(reader);
      else if (reader.at(utf8("body"))) this.abortBody = reader.readText();
      else if (this.readAbortStatus(reader)) kinds++;
      else reader.unknownField();
    }
    if (kinds != 1) reader.invalid(utf8("exactly one of http_status, grpc_status"));
  }

  private readAbortStatus(reader: ConfigReader): bool {
    if (reader.at(utf8("http_status"))) {
      this.abortStatus = reader.readU32(200, 599);
      return true;
    }
    if (!reader.at(utf8("grpc_status"))) return false;
    // The host turns this into a gRPC answer for gRPC requests, as Envoy's own fault filter does.
    this.abortStatus = 200;
    this.abortGrpcStatus = <GrpcStatus>reader.readU32(0, 16);
    return true;
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  rules: Rule[] = [];
  private readonly ground: RequestGround = new RequestGround();
  /** Requests that may be under a fault at once. */
  maxActiveFaults: u32 = u32.MAX_VALUE;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("rules"))) config.readRules(reader);
      else if (reader.at(utf8("max_active_faults"))) config.maxActiveFaults = reader.readU32(0, u32.MAX_VALUE);
      else if (!config.ground.readField(reader)) reader.unknownField();
    }
    if (config.rules.length == 0) reader.missing(utf8("rules"));
    return config;
  }

  /** The first rule that matches, or null. */
  ruleFor(stream: HttpContext): Rule | null {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].match.matches(stream)) return this.rules[i];
    }
    return null;
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.ground));
  }
}
