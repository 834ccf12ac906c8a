import { HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { RequestGround } from "../common/request-ground";
import { RequestMatcher } from "../common/request-matcher";
import { Split } from "./split";

/** Where the requests that match go: to one cluster, or to the variants of a split. */
export class Route {
  private readonly match: RequestMatcher;
  cluster: OwnedBytes = OwnedBytes.absent();
  split: Split | null = null;

  private constructor(ground: RequestGround) {
    this.match = new RequestMatcher(ground);
  }

  static read(reader: ConfigReader, ground: RequestGround): Route {
    const route = new Route(ground);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) reader.readText();
      else if (reader.at(utf8("match"))) route.match.read(reader);
      else if (reader.at(utf8("route"))) route.readTarget(reader);
      else if (reader.at(utf8("split"))) route.split = Split.read(reader);
      else reader.unknownField();
    }
    const hasCluster = !route.cluster.view.isAbsent;
    if (hasCluster == (route.split !== null)) reader.invalid(utf8("exactly one of route, split"));
    return route;
  }

  matches(stream: HttpContext): bool {
    return this.match.matches(stream);
  }

  private readTarget(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("cluster"))) this.cluster = reader.readText();
      else reader.unknownField();
    }
    if (this.cluster.length == 0) reader.missing(utf8("cluster"));
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly routes: Route[] = [];
  /** What matches look at beside the request, and what is drawn. */
  readonly ground: RequestGround = new RequestGround();
  /** Header that the proxy's route takes the cluster from. */
  routeHeader: OwnedBytes = utf8("x-route-cluster").toOwned();
  /** Header that names the variant of a split. */
  variantHeader: OwnedBytes = utf8("x-variant").toOwned();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("routes"))) config.readRoutes(reader);
      else if (reader.at(utf8("route_header"))) config.routeHeader = reader.readHeaderName();
      else if (reader.at(utf8("variant_header"))) config.variantHeader = reader.readHeaderName();
      else if (!config.ground.readField(reader)) reader.unknownField();
    }
    if (config.routes.length == 0) reader.missing(utf8("routes"));
    return config;
  }

  /** The first route that matches, or null. */
  routeFor(stream: HttpContext): Route | null {
    for (let i = 0; i < this.routes.length; i++) {
      if (this.routes[i].matches(stream)) return this.routes[i];
    }
    return null;
  }

  private readRoutes(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.routes.push(Route.read(reader, this.ground));
  }
}
