import { RootContext, registerRoot } from "@sluice/sdk";
import { RateLimitRoot } from "./filter";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/response";

registerRoot((id: u32): RootContext => new RateLimitRoot(id));
