import { HeaderMap, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Enforcement } from "../common/enforcement";
import { CacheSettings } from "./cache-settings";
import { RouteMatch } from "./route-match";
import { HttpService } from "./http-service";
import { AuthzService } from "./service";

const LEAST_STATUS: u32 = 400;
const MOST_STATUS: u32 = 599;

/** What holds for the requests that match. */
export class Rule {
  match: RouteMatch = new RouteMatch();
  /** Nobody is asked. */
  isDisabled: bool = false;

  static read(reader: ConfigReader): Rule {
    const rule = new Rule();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match = RouteMatch.read(reader);
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
  clearsRouteCache: bool = false;
  /** Null = each request is asked about. */
  cache: CacheSettings | null = null;
  enforcement: Enforcement = new Enforcement();
  private readonly rules: Rule[] = [];
  /** What holds where no rule matches. */
  private readonly otherwise: Rule = new Rule();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) config.readField(reader);
    if (config.service === null) reader.missing(utf8("http_service"));
    return config;
  }

  /** The first rule that matches, or what holds where none does. */
  ruleFor(headers: HeaderMap): Rule {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(headers)) return this.rules[i];
    return this.otherwise;
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("http_service"))) this.service = HttpService.read(reader);
    else if (reader.at(utf8("failure_mode_allow"))) this.failureModeAllow = reader.readBool();
    else if (reader.at(utf8("failure_mode_allow_header_add"))) this.tellsFailure = reader.readBool();
    else if (reader.at(utf8("status_on_error"))) this.statusOnError = reader.readU32(LEAST_STATUS, MOST_STATUS);
    else if (reader.at(utf8("clear_route_cache"))) this.clearsRouteCache = reader.readBool();
    else if (reader.at(utf8("cache"))) this.cache = CacheSettings.read(reader);
    else if (reader.at(utf8("rules"))) this.readRules(reader);
    else if (!this.enforcement.readField(reader)) reader.unknownField();
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader));
  }
}
