import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { Enforcement } from "../common/enforcement";
import { Matcher } from "../common/matcher";
import { TextMatch } from "../common/text-match";
import { BodySettings } from "./body-settings";
import { CacheSettings } from "./cache-settings";
import { GrpcService } from "./grpc-service";
import { HttpService } from "./http-service";
import { AuthzService } from "./service";

const LEAST_STATUS: u32 = 400;
const MOST_STATUS: u32 = 599;

/** What holds for the requests that match. */
export class Rule {
  readonly match: Matcher<TextMatch>;
  /** Nobody is asked. */
  isDisabled: bool = false;

  constructor(paths: DecisionPath) {
    this.match = new Matcher<TextMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Rule {
    const rule = new Rule(paths);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("disabled"))) rule.isDisabled = reader.readBool();
      else reader.unknownField();
    }
    return rule;
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  service: AuthzService | null = null;
  /** Requests pass that the service gives no verdict on. */
  failureModeAllow: bool = false;
  /** The upstream is told of these. */
  tellsFailure: bool = false;
  /** Status of requests without a verdict. */
  statusOnError: u32 = 403;
  /** Null = the service does not see bodies. */
  body: BodySettings | null = null;
  /** Null = each request is asked about. */
  cache: CacheSettings | null = null;
  enforcement: Enforcement = new Enforcement();
  private readonly paths: DecisionPath = new DecisionPath();
  private readonly rules: Rule[] = [];
  /** What holds where no rule matches. */
  private readonly otherwise: Rule = new Rule(this.paths);

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) config.readField(reader);
    if (config.service === null) reader.missing(utf8("http_service or grpc_service"));
    config.checkCache(reader);
    return config;
  }

  /** The first rule that matches, or what holds where none does. */
  ruleFor(stream: HttpContext): Rule {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(stream)) return this.rules[i];
    return this.otherwise;
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("http_service"))) this.takeService(reader, HttpService.read(reader));
    else if (reader.at(utf8("grpc_service"))) this.takeService(reader, GrpcService.read(reader));
    else if (reader.at(utf8("with_request_body"))) this.body = BodySettings.read(reader);
    else if (reader.at(utf8("failure_mode_allow"))) this.failureModeAllow = reader.readBool();
    else if (reader.at(utf8("failure_mode_allow_header_add"))) this.tellsFailure = reader.readBool();
    else if (reader.at(utf8("status_on_error"))) this.statusOnError = reader.readU32(LEAST_STATUS, MOST_STATUS);
    else if (reader.at(utf8("clear_route_cache"))) readTrue(reader);
    else if (reader.at(utf8("cache"))) this.cache = CacheSettings.read(reader);
    else if (reader.at(utf8("rules"))) this.readRules(reader);
    else if (!this.enforcement.readField(reader) && !this.paths.readField(reader)) reader.unknownField();
  }

  private takeService(reader: ConfigReader, service: AuthzService): void {
    if (this.service !== null) reader.invalid(utf8("http_service or grpc_service"));
    this.service = service;
  }

  /** A key that leaves out what the service sees would let one request decide for another. */
  private checkCache(reader: ConfigReader): void {
    const cache = this.cache;
    if (cache === null) return;
    const body = this.body;
    const isNamed = !cache.key.isEmpty;
    if (body !== null && !body.holdsHead) reader.invalid(utf8("with_request_body.hold_head with a cache"));
    if (body !== null && isNamed && !cache.key.hasBody) reader.invalid(utf8("body in cache.key with with_request_body"));
    if (!isNamed && this.service instanceof GrpcService) reader.invalid(utf8("cache.key with grpc_service"));
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }
}

/** Proxies choose the route again whenever a filter changes headers (ABI 0.2.1): it cannot be left out. */
function readTrue(reader: ConfigReader): void {
  if (!reader.readBool()) reader.invalid(utf8("true"));
}
