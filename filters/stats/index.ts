import { RootContext, registerRoot } from "@sluice/sdk";
import { StatsRoot } from "./filter";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/log";

registerRoot((id: u32): RootContext => new StatsRoot(id));
